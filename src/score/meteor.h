// METEOR (Banerjee and Lavie 2005; parameters of Lavie and Agarwal 2007: alpha 0.9, beta 3, gamma 0.5) as
// nltk 3.9.1's single_meteor_score aligns words: greedily from the end, by stages exact, Porter stem, WordNet synonym.
// METEOR 1.5 (Denkowski and Lavie 2014), with its paraphrase tables, is another metric: 0.34 where this gives 0.59.
#pragma once

#include "score/ngrams.h"
#include "score/wordnet.h"

namespace lingshu {

// In [0, 1]; 0 where a text is empty or nothing matches. Without `wordnet` (null) only the first two stages run: a
// value that is to be named so.
double Meteor(const Tokens& reference, const Tokens& candidate, const WordNet* wordnet);

}  // namespace lingshu

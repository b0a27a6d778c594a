// Sentences from a phantom's truth: the texts of the paper's five caption stages and the report (Lingshu,
// arXiv 2506.07044, §2.3 and Tables 16-22), as a careful teacher would write them. Only what can be seen is said.
#pragma once

#include <string>

#include "data/phantom.h"

namespace lingshu {

// "a large cyst", "two small nodules"; "" without a finding.
std::string FindingPhrase(const PhantomTruth& truth);
// "in the right lobe of the liver"; "" where there is no side.
std::string PlacePhrase(const PhantomTruth& truth);
std::string PlacePhrase(const PhantomTruth& truth, const std::string& side);
// "a nodule", "an ulcer", "subretinal fluid": the finding named, whatever the truth shows.
std::string WithArticle(const PhantomTruth& truth, const std::string& finding);

// Stage 1: "A CT scan of the liver in the axial plane with a large cyst in the right lobe of the liver."
std::string CoarseCaption(const PhantomTruth& truth);
// Stage 1: one sentence of general knowledge about the finding; "" without one.
std::string Knowledge(const PhantomTruth& truth);
// Stage 3: what the region of interest shows, where and how it looks.
std::string FactualCaption(const PhantomTruth& truth);
// Stage 4: what a doctor of the modality looks at, technique and structures first.
std::string PreferenceCaption(const PhantomTruth& truth);
// Stage 5: both merged; on conflict the factual text wins.
std::string SummaryCaption(const PhantomTruth& truth);

// "Findings: … Impression: …"
std::string PhantomReport(const PhantomTruth& truth);

}  // namespace lingshu

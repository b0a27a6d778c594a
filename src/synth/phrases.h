// What a sample's own record says of its image, as phrases: from a phantom's exact truth where the sample shows one,
// else from meta as sources fill it.
#pragma once

#include <string>

#include "data/sample.h"

namespace lingshu {

// "" when the key is absent.
std::string MetaOf(const Sample& sample, const std::string& key);

// "a CT of the liver"; "" when not even the modality is known.
std::string ViewPhrase(const Sample& sample);
// "a large cyst", "two nodules"; "" without a finding.
std::string FindingPhrase(const Sample& sample);
// "in the right lobe of the liver"; "" when no place is known.
std::string PlacePhrase(const Sample& sample);
// "There is a large cyst in the right lobe of the liver.", "No abnormality is seen."; "" when nothing is recorded.
std::string FindingSentence(const Sample& sample);

std::string Capitalized(std::string text);

}  // namespace lingshu

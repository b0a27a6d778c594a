// DICOM folders with segmentations or structure sets (the data root): for each structure the slices on which most of it
// lies, with its box and its mask, asked for the structure's name. synth/ draws the boxes (meta["boxes"]) for the
// teacher. Names of files and folders may be patients' names: ids and groups hold hashes of them.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/registry.h"
#include "data/choice.h"
#include "data/reading.h"
#include "image/mask.h"
#include "image/structures.h"

namespace lingshu {
namespace {

constexpr const char* kName = "dicom_structures";
constexpr size_t kSlicesAStructure = 3;

// What is kept of an outline: its mask as text is a hundredth of its pixels.
struct Region {
  StructureOutline outline;
  std::string mask;
  std::array<int, 4> box{};
  int64_t pixels = 0;
};

std::string ShortHash(const std::string& text) { return Sha256Hex(text).substr(0, 16); }

// "Which structure lies in the box from 12 to 30 % of the width and 40 to 55 % of the height?"
std::string Question(const Region& region) {
  const auto percent = [](int pixel, int size) { return 100 * pixel / size; };
  const Mask& mask = region.outline.mask;  // its size; the pixels are gone
  return fmt::format("Which structure lies in the box from {} to {} % of the width and from {} to {} % of the height?",
                     percent(region.box[0], mask.width), percent(region.box[2] + 1, mask.width),
                     percent(region.box[1], mask.height), percent(region.box[3] + 1, mask.height));
}

Sample MakeSample(const Region& region, const std::vector<std::string>& labels) {
  const StructureOutline& outline = region.outline;
  Sample sample;
  sample.group = ShortHash(outline.path);
  sample.id = fmt::format("{}:train:{}-{}-{}-{}", kName, outline.object, ShortHash(outline.label), sample.group, outline.frame);
  sample.source = kName;
  sample.split = "train";
  sample.modality = outline.modality;
  sample.images = {{outline.frame == 0 ? outline.path : fmt::format("{}#{}", outline.path, outline.frame), ""}};
  sample.question = Question(region);
  sample.meta = {{"question_type", "structure"},
                 {"finding", outline.label},
                 {"boxes", BoxText(region.box)},
                 {"mask", region.mask}};
  if (!MakeChoice(sample, outline.label, labels)) sample.answer = outline.label;
  return sample;
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path root = OpenSource(kName, options);
  std::map<std::pair<std::string, std::string>, std::vector<Region>> structures;  // by object and label
  std::set<std::string> labels;
  const auto skipped = ForEachOutline(root, [&](StructureOutline outline) {
    labels.insert(outline.label);
    std::vector<Region>& best = structures[{outline.object, outline.label}];
    Region region{.mask = EncodeMask(outline.mask), .box = outline.mask.Box(), .pixels = outline.mask.NumPixels()};
    outline.mask.inside = {};
    region.outline = std::move(outline);
    best.push_back(std::move(region));
    std::stable_sort(best.begin(), best.end(), [](const Region& a, const Region& b) { return a.pixels > b.pixels; });
    if (best.size() > kSlicesAStructure) best.pop_back();
  });
  for (const auto& [reason, count] : skipped)
    for (int64_t i = 0; i < count; ++i) skip(fmt::format("{}:train:-", kName), reason);
  std::vector<const Region*> regions;
  for (const auto& [key, best] : structures)
    for (const Region& region : best) regions.push_back(&region);
  const std::vector<std::string> all_labels(labels.begin(), labels.end());
  const auto id_of = [&](int64_t i) { return fmt::format("{}:train:{}", kName, i); };
  EmitRows({.total = static_cast<int64_t>(regions.size()),
            .row_id = id_of,
            .make = [&](int64_t i) { return MakeSample(*regions[static_cast<size_t>(i)], all_labels); }},
           options, sink, skip);
}

const Register<Source> kStructures({.name = kName,
                                    .help = "DICOM segmentations and structure sets with their pictures (the data root)",
                                    .reference = "DICOM PS3.3 C.8.20, C.8.8.5",
                                    .splits = {"train"},
                                    .folder = "",
                                    .read = &Read});

}  // namespace
}  // namespace lingshu

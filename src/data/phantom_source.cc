// The phantom source: an endless supply of questions about drawn images, twelve modalities in turn, half of the images
// of each with a finding. It needs no data folder. The two highest bits of a phantom's seed name its split, so that no
// image of one split can occur in another, whatever seeds they were drawn with.
#include <algorithm>

#include <fmt/format.h>

#include "base/rng.h"
#include "base/strings.h"
#include "data/phantom.h"
#include "data/phantom_questions.h"
#include "data/source.h"

namespace lingshu {
namespace {

// What limit 0 ("all") means for a source without end.
struct Split {
  const char* name;
  int64_t images;
};
constexpr Split kSplits[] = {{"train", 12000}, {"validation", 600}, {"test", 1200}};

uint64_t SplitIndex(const std::string& name) {
  for (uint64_t i = 0; i < std::size(kSplits); ++i)
    if (name == kSplits[i].name) return i;
  throw Error(ErrorCode::kUsage, fmt::format("phantom: no split \"{}\".{}\nKnown: train, validation, test.", name,
                                             DidYouMean(name, {"train", "validation", "test"})));
}

// Image `index` of a split. Presence takes turns within each modality: any 24 images in a row are balanced.
PhantomTruth TruthAt(uint64_t seed, uint64_t split, int64_t index) {
  const auto modality = static_cast<uint64_t>(index) % kModalities.size(),
             round = static_cast<uint64_t>(index) / kModalities.size();
  const uint64_t drawn = MixSeed({seed, split, static_cast<uint64_t>(index)}) & ((uint64_t{1} << 61) - 1);
  return DrawTruth(kModalities[modality], split << 62 | drawn << 1 | ((round + modality) & 1));
}

// Images stay whole: a group that would pass the limit ends the stream, unless it is the first one, which is then cut.
void ReadPhantoms(const SourceOptions& options, const SampleSink& sink,
                  const std::function<void(const std::string&, const std::string&)>&) {
  const uint64_t split = SplitIndex(options.split);
  int64_t given = 0;
  for (int64_t index = 0; options.limit > 0 || index < kSplits[split].images; ++index) {
    std::vector<Sample> samples = PhantomSamples(TruthAt(options.seed, split, index), options.split);
    const auto count = static_cast<int64_t>(samples.size());
    if (options.limit > 0 && given + count > options.limit) {
      if (given > 0) return;
      samples.resize(options.limit);
    }
    for (Sample& sample : samples)
      if (!sink(std::move(sample))) return;
    given += count;
  }
}

const Register<Source> kPhantom({
    .name = "phantom",
    .help = "questions about drawn images of twelve modalities with exact ground truth",
    .reference = "template questions after Lingshu, arXiv 2506.07044 §2.3",
    .splits = {"train", "validation", "test"},
    .folder = "",
    .read = &ReadPhantoms,
});

}  // namespace
}  // namespace lingshu

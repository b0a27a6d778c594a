// See examples.h.
#include "cli/examples.h"

#include "base/error.h"
#include "base/threads.h"
#include "data/source.h"

namespace lingshu {

void ImageBook::Encode(const std::vector<const Sample*>& samples) {
  std::vector<const ImageRef*> missing;
  for (const Sample* sample : samples)
    for (const ImageRef& ref : sample->images)
      if (images_.emplace(ref.path, nullptr).second) missing.push_back(&ref);
  std::vector<EncodedImagePtr> encoded(missing.size());
  ParallelFor(static_cast<int64_t>(missing.size()), [&](int64_t i) { encoded[i] = EncodeImage(*LoadImage(*missing[i], blob_folder_), config_); });
  for (size_t i = 0; i < missing.size(); ++i) images_[missing[i]->path] = std::move(encoded[i]);
}

std::vector<EncodedImagePtr> ImageBook::Of(const Sample& sample) const {
  std::vector<EncodedImagePtr> images;
  for (const ImageRef& ref : sample.images) images.push_back(images_.at(ref.path));
  return images;
}

std::vector<Example> MakeExamples(const std::vector<Sample>& samples, const std::vector<MixChoice>& choices, ImageBook& book,
                                  const Tokenizer& tokenizer) {
  std::vector<const Sample*> seen;
  for (const MixChoice& choice : choices)
    if (choice.with_images) seen.push_back(&samples[choice.sample]);
  book.Encode(seen);
  std::vector<Example> examples(choices.size());
  ParallelFor(static_cast<int64_t>(choices.size()), [&](int64_t i) {
    const Sample& sample = samples[choices[i].sample];
    if (choices[i].with_images) {
      examples[i] = EncodeSample(sample, book.Of(sample), choices[i].mode, tokenizer);
      return;
    }
    Sample words = sample;
    words.images.clear();
    examples[i] = EncodeSample(words, {}, choices[i].mode, tokenizer);
  });
  return examples;
}

std::map<std::string, int64_t> TokenizerTexts(const std::vector<Sample>& samples) {
  std::map<std::string, int64_t> texts;
  for (const Sample& sample : samples)
    for (const PromptMode mode : {PromptMode::kDirect, PromptMode::kReasoning, PromptMode::kRl}) {
      if (mode != PromptMode::kDirect && sample.reasoning.empty()) continue;
      ++texts[PromptText(sample, mode)];
      ++texts[TargetText(sample, mode)];
    }
  return texts;
}

void AdoptTokenizer(const Tokenizer& tokenizer, ModelConfig& config) {
  const auto id = [&](const char* token) {
    const int64_t found = tokenizer.Id(token);
    CHECK(found >= 0) << "the tokenizer has no " << token;
    return found;
  };
  config.text.vocab_size = tokenizer.vocab_size();
  config.image_token_id = id("<|image_pad|>");
  config.video_token_id = id("<|video_pad|>");
  config.vision_start_token_id = id("<|vision_start|>");
  config.vision_end_token_id = id("<|vision_end|>");
  config.bos_token_id = config.pad_token_id = id("<|endoftext|>");
  config.eos_token_ids = {id("<|im_end|>"), id("<|endoftext|>")};
}

}  // namespace lingshu

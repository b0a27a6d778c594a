// See examples.h.
#include "cli/examples.h"

#include "base/error.h"
#include "base/files.h"
#include "base/threads.h"
#include "data/shards.h"
#include "data/source.h"
#include "data/training_manifest.h"
#include "text/qwen_vl.h"

namespace lingshu {

void ImageBook::Encode(const std::vector<const Sample*>& samples) {
  std::vector<const ImageRef*> missing;
  for (const Sample* sample : samples)
    for (const ImageRef& ref : sample->images)
      if (images_.emplace(ref.path, nullptr).second) missing.push_back(&ref);
  std::vector<EncodedImagePtr> encoded(missing.size());
  std::vector<std::string> hashes(missing.size());
  ParallelFor(static_cast<int64_t>(missing.size()), [&](int64_t i) {
    const ImagePtr image = LoadImage(*missing[i], FolderOf(*missing[i]));
    encoded[i] = EncodeImage(*image, config_);
    hashes[i] = PixelHash(*image);
  });
  for (size_t i = 0; i < missing.size(); ++i) {
    images_[missing[i]->path] = std::move(encoded[i]);
    pixel_hashes_[missing[i]->path] = std::move(hashes[i]);
  }
}

const fs::path& ImageBook::FolderOf(const ImageRef& ref) const {
  for (const fs::path& folder : blob_folders_)
    if (HasBlob(folder, ref)) return folder;
  return blob_folders_.at(0);  // not a blob, or one that LoadImage will miss by name
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
    seen.push_back(&samples[choice.sample]);
  book.Encode(seen);
  std::vector<Example> examples(choices.size());
  ParallelFor(static_cast<int64_t>(choices.size()), [&](int64_t i) {
    const Sample& sample = samples[choices[i].sample];
    examples[i] = EncodeSample(sample, book.Of(sample), choices[i].mode, tokenizer);
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
  // The words that the chat template puts around every one of them.
  for (const std::string& words : {"system\n" + kQwenVlSystemPrompt, std::string("user\n"), std::string("assistant\n")})
    texts[words] += static_cast<int64_t>(samples.size());
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

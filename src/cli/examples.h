// From samples to what training takes: images encoded once on all cores, words tokenized, a tokenizer learnt from the texts.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "batch/example.h"
#include "data/sample.h"
#include "train/training_set.h"

namespace lingshu {

// Encoded images by the path that a sample refers to. Encodes what is missing; kept as long as this lives.
class ImageBook {
 public:
  // A blob is looked for in the folders in order.
  ImageBook(std::vector<std::filesystem::path> blob_folders, const ModelConfig& config)
      : blob_folders_(std::move(blob_folders)), config_(config) {}
  // Throws the reader's Error for a picture that cannot be read: curation has dropped those.
  void Encode(const std::vector<const Sample*>& samples);
  std::vector<EncodedImagePtr> Of(const Sample& sample) const;
  // PixelHash of an image that was encoded.
  const std::string& PixelHashOf(const ImageRef& ref) const { return pixel_hashes_.at(ref.path); }

 private:
  const std::filesystem::path& FolderOf(const ImageRef& ref) const;

  std::vector<std::filesystem::path> blob_folders_;
  const ModelConfig& config_;
  std::map<std::string, EncodedImagePtr> images_;
  std::map<std::string, std::string> pixel_hashes_;
};

// The picks of a mix as examples, in order.
std::vector<Example> MakeExamples(const std::vector<Sample>& samples, const std::vector<MixChoice>& choices, ImageBook& book,
                                  const Tokenizer& tokenizer);

// Every text that the stages can show the model, with its count: what a new tokenizer is trained on.
std::map<std::string, int64_t> TokenizerTexts(const std::vector<Sample>& samples);

// The ids of image, end-of-turn … tokens as the tokenizer has them, and its vocabulary size.
void AdoptTokenizer(const Tokenizer& tokenizer, ModelConfig& config);

}  // namespace lingshu

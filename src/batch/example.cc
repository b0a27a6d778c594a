// Samples and requests as token ids and patches.
#include "batch/example.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "image/patches.h"
#include "text/chat.h"

namespace lingshu {

EncodedImagePtr EncodeImage(const Image& image, const ModelConfig& config) {
  auto encoded = std::make_shared<EncodedImage>();
  const VisionConfig& vision = config.vision;
  PatchOptions options;
  options.patch_size = static_cast<int>(vision.patch_size);
  options.temporal_patch_size = static_cast<int>(vision.temporal_patch_size);
  options.merge_size = static_cast<int>(vision.spatial_merge_size);
  options.min_pixels = config.processor.min_pixels;
  options.max_pixels = config.processor.max_pixels;
  for (size_t c = 0; c < 3; ++c) {
    options.image_mean[c] = config.processor.image_mean.at(c);
    options.image_std[c] = config.processor.image_std.at(c);
  }
  AppendPatches(image, options, encoded->pixel_values, encoded->grid_thw);
  const auto& [t, h, w] = encoded->grid_thw;
  encoded->num_tokens = t * h * w / (vision.spatial_merge_size * vision.spatial_merge_size);
  CHECK(static_cast<int64_t>(encoded->pixel_values.size()) == t * h * w * vision.patch_dim())
      << "the processor made " << encoded->pixel_values.size() << " values for a grid of " << t << "x" << h << "x" << w;
  const std::string_view pixels(reinterpret_cast<const char*>(encoded->pixel_values.data()),
                                encoded->pixel_values.size() * sizeof(float));
  encoded->hash = HashBytes(pixels, HashBytes({reinterpret_cast<const char*>(encoded->grid_thw.data()), sizeof(encoded->grid_thw)}));
  return encoded;
}

Example EncodeRequest(const Request& request, const std::vector<EncodedImagePtr>& images, const Tokenizer& tokenizer) {
  std::vector<ChatTurn> turns;
  for (const Message& message : request.messages) {
    ChatTurn turn{message.role, {}};
    for (const Content& content : message.content) turn.pieces.push_back({content.text, content.image != nullptr});
    turns.push_back(std::move(turn));
  }
  Example example{.sample_id = request.id, .images = images, .prompt_ids = {}, .target_ids = {}};
  std::vector<int64_t> image_tokens;
  for (const EncodedImagePtr& image : images) image_tokens.push_back(image->num_tokens);
  example.prompt_ids = EncodeChat(tokenizer, turns, image_tokens, /*should_open_reply=*/true);
  return example;
}

Example EncodeSample(const Sample& sample, const std::vector<EncodedImagePtr>& images, PromptMode mode, const Tokenizer& tokenizer) {
  CHECK(images.size() == sample.images.size()) << sample.id;
  // The pixels are encoded already; the request only needs to know that an image stands there.
  static const ImagePtr kPlaceholder = std::make_shared<const Image>();
  const std::vector<ImagePtr> placeholders(images.size(), kPlaceholder);
  Example example = EncodeRequest(MakeRequest(sample, placeholders, mode, {}), images, tokenizer);
  example.target_ids = tokenizer.Encode(TargetText(sample, mode));
  example.target_ids.push_back(tokenizer.Id("<|im_end|>"));
  return example;
}

RopePositions ComputeRopePositions(const std::vector<int64_t>& ids, const std::vector<EncodedImagePtr>& images, const ModelConfig& config) {
  const int64_t length = static_cast<int64_t>(ids.size());
  RopePositions positions;
  positions.thw.resize(3 * ids.size());
  size_t image = 0;
  int64_t next = 0;
  for (int64_t i = 0; i < length;) {
    if (ids[i] != config.image_token_id) {
      for (int axis = 0; axis < 3; ++axis) positions.thw[axis * length + i] = next;
      ++next, ++i;
      continue;
    }
    CHECK(image < images.size()) << "the prompt has more image placeholders than its " << images.size() << " images";
    const int64_t merge = config.vision.spatial_merge_size;
    const int64_t grid_t = images[image]->grid_thw[0];
    const int64_t grid_h = images[image]->grid_thw[1] / merge, grid_w = images[image]->grid_thw[2] / merge;
    CHECK(i + grid_t * grid_h * grid_w <= length) << "image tokens end early";
    for (int64_t t = 0; t < grid_t; ++t)
      for (int64_t y = 0; y < grid_h; ++y)
        for (int64_t x = 0; x < grid_w; ++x, ++i) {
          CHECK(ids[i] == config.image_token_id) << "image " << image << " has fewer placeholders than features";
          positions.thw[i] = next + t;
          positions.thw[length + i] = next + y;
          positions.thw[2 * length + i] = next + x;
        }
    next += std::max({grid_t, grid_h, grid_w});
    ++image;
  }
  CHECK(image == images.size()) << "the prompt shows " << image << " of its " << images.size() << " images";
  positions.next = next;
  return positions;
}

}  // namespace lingshu

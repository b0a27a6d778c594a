// Samples and requests as token ids and patches.
#include "batch/example.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "image/patches.h"
#include "text/chat.h"

namespace lingshu {

namespace {

PatchOptions OptionsOf(const ModelConfig& config, bool is_video) {
  const VisionConfig& vision = config.vision;
  const ProcessorConfig& processor = config.processor;
  PatchOptions options{.patch_size = static_cast<int>(vision.patch_size),
                       .temporal_patch_size = static_cast<int>(vision.temporal_patch_size),
                       .merge_size = static_cast<int>(vision.spatial_merge_size),
                       .min_pixels = is_video && processor.video_min_pixels > 0 ? processor.video_min_pixels : processor.min_pixels,
                       .max_pixels = is_video && processor.video_max_pixels > 0 ? processor.video_max_pixels : processor.max_pixels,
                       .backend = is_video ? ResizeBackend::kTorchvision : processor.backend};
  for (size_t c = 0; c < 3; ++c) {
    options.image_mean[c] = processor.image_mean.at(c);
    options.image_std[c] = processor.image_std.at(c);
  }
  return options;
}

// Counts tokens and hashes what the numbers depend on.
EncodedImagePtr Complete(std::shared_ptr<EncodedImage> encoded, const VisionConfig& vision) {
  encoded->num_tokens = encoded->num_patches() / (vision.spatial_merge_size * vision.spatial_merge_size);
  CHECK(static_cast<int64_t>(encoded->pixel_values.size()) == encoded->num_patches() * vision.patch_dim())
      << "the processor made " << encoded->pixel_values.size() << " values for " << encoded->num_patches() << " patches";
  const auto bytes = [](const auto* values, size_t count) {
    return std::string_view(reinterpret_cast<const char*>(values), count * sizeof(*values));
  };
  const uint64_t grid = HashBytes(bytes(encoded->grid_thw.data(), 3), encoded->is_video);
  const uint64_t time = HashBytes(bytes(&encoded->second_per_grid, 1), grid);
  encoded->hash = HashBytes(bytes(encoded->pixel_values.data(), encoded->pixel_values.size()), time);
  return encoded;
}

}  // namespace

EncodedImagePtr EncodeImage(const Image& image, const ModelConfig& config) {
  auto encoded = std::make_shared<EncodedImage>();
  AppendPatches(image, OptionsOf(config, /*is_video=*/false), encoded->pixel_values, encoded->grid_thw);
  return Complete(std::move(encoded), config.vision);
}

EncodedImagePtr EncodeVideo(const Video& video, const ModelConfig& config) {
  if (!(video.frames_per_second > 0)) throw Error(ErrorCode::kUsage, "a video of no frames a second.");
  auto encoded = std::make_shared<EncodedImage>();
  encoded->is_video = true;
  encoded->second_per_grid = static_cast<double>(config.vision.temporal_patch_size) / video.frames_per_second;
  std::vector<const Image*> frames;
  for (const ImagePtr& frame : video.frames) frames.push_back(frame.get());
  AppendVideoPatches(frames, OptionsOf(config, /*is_video=*/true), encoded->pixel_values, encoded->grid_thw);
  return Complete(std::move(encoded), config.vision);
}

Example EncodeRequest(const Request& request, const std::vector<EncodedImagePtr>& images, const Tokenizer& tokenizer) {
  std::vector<ChatTurn> turns;
  for (const Message& message : request.messages) {
    ChatTurn turn{message.role, {}};
    for (const Content& content : message.content) turn.pieces.push_back({content.text, content.image != nullptr, content.video != nullptr});
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
  const int64_t length = static_cast<int64_t>(ids.size()), merge = config.vision.spatial_merge_size;
  RopePositions positions;
  positions.thw.resize(3 * ids.size());
  size_t image = 0;
  int64_t next = 0;
  const auto put = [&](int64_t i, int64_t t, int64_t y, int64_t x) {
    positions.thw[i] = t, positions.thw[length + i] = y, positions.thw[2 * length + i] = x;
    positions.next = std::max({positions.next, t + 1, y + 1, x + 1});
  };
  for (int64_t i = 0; i < length;) {
    if (!config.IsPlaceholder(ids[i])) {
      put(i, next, next, next);
      ++next, ++i;
      continue;
    }
    CHECK(image < images.size()) << "the prompt has more placeholders than its " << images.size() << " images";
    const EncodedImage& shown = *images[image];
    const int64_t placeholder = shown.is_video ? config.video_token_id : config.image_token_id;
    const int64_t grid_t = shown.grid_thw[0], grid_h = shown.grid_thw[1] / merge, grid_w = shown.grid_thw[2] / merge;
    CHECK(i + grid_t * grid_h * grid_w <= length) << "image tokens end early";
    // float32, as the reference's tensors are: the product is cut off to a whole number.
    const float interval = shown.is_video ? static_cast<float>(config.vision.tokens_per_second) * static_cast<float>(shown.second_per_grid) : 1;
    for (int64_t t = 0; t < grid_t; ++t)
      for (int64_t y = 0; y < grid_h; ++y)
        for (int64_t x = 0; x < grid_w; ++x, ++i) {
          CHECK(ids[i] == placeholder) << "image " << image << " has fewer placeholders than features";
          put(i, next + static_cast<int64_t>(static_cast<float>(t) * interval), next + y, next + x);
        }
    next += std::max(grid_h, grid_w);  // of a video, too: its time may reach beyond the text that follows
    ++image;
  }
  CHECK(image == images.size()) << "the prompt shows " << image << " of its " << images.size() << " images";
  return positions;
}

}  // namespace lingshu

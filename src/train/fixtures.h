// What the tests of this room share: a tiny stage over made-up examples.
#pragma once

#include <string>
#include <vector>

#include "base/files.h"
#include "base/temporary_folder.h"
#include "batch/fixtures.h"
#include "train/trainer.h"

namespace lingshu {

// `images` images with `questions` questions each, and as many text-only examples as images.
inline std::vector<Example> TinyExamples(int64_t images, int64_t questions) {
  const ModelConfig config = TinyModelConfig();
  std::vector<Example> examples;
  for (int64_t i = 0; i < images; ++i) {
    const EncodedImagePtr image = TinyImage(config, 4, 4 + 2 * (i % 3), static_cast<uint64_t>(i));
    for (int64_t q = 0; q < questions; ++q) examples.push_back(TinyExample(config, {image}, 3 + q, 2 + (i + q) % 3, static_cast<uint64_t>(100 * i + q)));
    examples.push_back(TinyExample(config, {}, 4, 3, static_cast<uint64_t>(100 * i + 99)));
  }
  return examples;
}

// Six steps of two micro-batches, about eight examples each, everything trained.
inline StageConfig TinyStage() {
  StageConfig config;
  config.name = "tiny";
  config.data.emplace_back();
  config.steps = 6;
  config.micro_batch_size = 1;
  config.gradient_accumulation_steps = 2;
  config.packing = true;
  config.max_length = 64;
  config.warmup_steps = 2;
  config.learning_rate = {.vision = 1e-3, .merger = 2e-3, .language = 3e-3};
  config.optimizer.weight_decay = 0.01;
  config.save_every_steps = 2;
  return config;
}

}  // namespace lingshu

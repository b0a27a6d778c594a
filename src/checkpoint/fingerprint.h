// A short name for what a model's files hold, so that replies are never taken for those of other weights under the same path.
#pragma once

#include <filesystem>
#include <string>

namespace lingshu {

// 12 hexadecimal digits over names, sizes and bytes of the files of a model: config, tokenizer and template whole; of weight files
// (safetensors, GGUF) the header and 64 KiB of every 8 MiB, so that 60 GB are told apart in well under a second. Any training
// step changes every sampled block. `model` is a Hugging Face folder or one file. Throws Error(kNotFound | kIo).
std::string ModelFingerprint(const std::filesystem::path& model);

}  // namespace lingshu

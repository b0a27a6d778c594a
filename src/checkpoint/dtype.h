// DType: the element types of safetensors files, spelled as the format spells them (github.com/huggingface/safetensors).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lingshu {

enum class DType { kBool, kU8, kI8, kF8E5M2, kF8E4M3, kI16, kU16, kF16, kBF16, kI32, kU32, kF32, kI64, kU64, kF64 };

uint64_t DTypeBytes(DType dtype);          // of one element
std::string_view DTypeName(DType dtype);   // "BF16"
std::optional<DType> FindDType(std::string_view name);
std::string KnownDTypes();                 // "BOOL, U8, …", for messages

}  // namespace lingshu

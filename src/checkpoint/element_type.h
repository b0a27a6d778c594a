// ElementType: the number formats that safetensors files hold, spelled in files as the format spells them ("BF16";
// github.com/huggingface/safetensors). What the model computes in is another matter (tensor/).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lingshu {

enum class ElementType {
  kBool,
  kU8,
  kI8,
  kF8E5M2,
  kF8E4M3,
  kI16,
  kU16,
  kF16,
  kBF16,
  kI32,
  kU32,
  kF32,
  kI64,
  kU64,
  kF64
};

uint64_t ElementBytes(ElementType type);
std::string_view ElementTypeName(ElementType type);  // "BF16"
std::optional<ElementType> FindElementType(std::string_view name);
std::string KnownElementTypes();  // "BOOL, U8, …", for messages

}  // namespace lingshu

// One table of names and sizes.
#include "checkpoint/element_type.h"

#include <array>

namespace lingshu {
namespace {

struct Row {
  std::string_view name;
  uint64_t bytes;
};

// In the order of ElementType.
constexpr std::array<Row, 15> kRows = {{{"BOOL", 1},
                                        {"U8", 1},
                                        {"I8", 1},
                                        {"F8_E5M2", 1},
                                        {"F8_E4M3", 1},
                                        {"I16", 2},
                                        {"U16", 2},
                                        {"F16", 2},
                                        {"BF16", 2},
                                        {"I32", 4},
                                        {"U32", 4},
                                        {"F32", 4},
                                        {"I64", 8},
                                        {"U64", 8},
                                        {"F64", 8}}};
static_assert(kRows.size() == static_cast<size_t>(ElementType::kF64) + 1);

}  // namespace

uint64_t ElementBytes(ElementType type) { return kRows[static_cast<size_t>(type)].bytes; }
std::string_view ElementTypeName(ElementType type) { return kRows[static_cast<size_t>(type)].name; }

std::optional<ElementType> FindElementType(std::string_view name) {
  for (size_t i = 0; i < kRows.size(); ++i)
    if (kRows[i].name == name) return static_cast<ElementType>(i);
  return std::nullopt;
}

std::string KnownElementTypes() {
  std::string names;
  for (const Row& row : kRows) names.append(names.empty() ? "" : ", ").append(row.name);
  return names;
}

}  // namespace lingshu

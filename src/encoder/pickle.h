// Pickle as torch.save writes it (protocols 2 to 4): a value of plain data. Nothing is imported and nothing is called:
// classes and calls that are not the rebuilding of tensors become opaque values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lingshu {

struct PickleValue;
using PicklePtr = std::shared_ptr<PickleValue>;

struct PickleValue {
  enum class Kind { kNone, kBool, kInt, kFloat, kText, kList, kDict, kGlobal, kStorage, kTensor, kOpaque };
  Kind kind = Kind::kNone;
  int64_t number = 0;  // also a bool
  double real = 0;
  std::string text;                                    // kText; kGlobal "module name"; kStorage: its key
  std::string type;                                    // kStorage: "FloatStorage"
  std::vector<PicklePtr> items;                        // kList (tuples and sets too); kTensor: storage, offset, sizes, strides
  std::vector<std::pair<PicklePtr, PicklePtr>> pairs;  // kDict
};

// The value at `at`, which moves behind it. Throws Error(kCorrupt | kUnsupported | kTooLarge) naming `where`.
PicklePtr ReadPickle(std::string_view bytes, size_t& at, const std::string& where);

}  // namespace lingshu

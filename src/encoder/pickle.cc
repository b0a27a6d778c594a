// The opcodes are those of Python's pickletools; numbers are little-endian but for BINFLOAT.
#include "encoder/pickle.h"

#include <bit>
#include <cstring>
#include <map>

#include <fmt/format.h>

#include "base/error.h"

namespace lingshu {
namespace {

using Kind = PickleValue::Kind;
constexpr size_t kMaxValues = size_t{1} << 22;

PicklePtr Make(Kind kind) {
  auto value = std::make_shared<PickleValue>();
  value->kind = kind;
  return value;
}

PicklePtr MakeInt(int64_t number) {
  PicklePtr value = Make(Kind::kInt);
  value->number = number;
  return value;
}

PicklePtr MakeText(std::string text, Kind kind = Kind::kText) {
  PicklePtr value = Make(kind);
  value->text = std::move(text);
  return value;
}

class Machine {
 public:
  Machine(std::string_view bytes, size_t at, const std::string& where) : bytes_(bytes), at_(at), where_(where) {}

  PicklePtr Run() {
    for (size_t steps = 0; steps < 16 * kMaxValues; ++steps) {
      const auto op = static_cast<unsigned char>(Take(1)[0]);
      if (op == '.') return Pop();
      Step(op);
      if (stack_.size() > kMaxValues || memo_.size() > kMaxValues) throw Error(ErrorCode::kTooLarge, fmt::format("{}: more than {} values.", where_, kMaxValues));
    }
    throw Error(ErrorCode::kTooLarge, fmt::format("{}: the pickle has no end.", where_));
  }

  size_t at() const { return at_; }

 private:
  [[noreturn]] void Corrupt(const std::string& what) const { throw Error(ErrorCode::kCorrupt, fmt::format("{}: byte {}: {}", where_, at_, what)); }

  std::string_view Take(uint64_t n) {
    if (n > bytes_.size() - at_) Corrupt("the pickle ends early.");
    const std::string_view part = bytes_.substr(at_, n);
    at_ += n;
    return part;
  }

  template <typename T>
  T Number() {
    T value;
    std::memcpy(&value, Take(sizeof(T)).data(), sizeof(T));
    return value;
  }

  std::string Line() {
    const size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) Corrupt("a line has no end.");
    const std::string line(bytes_.substr(at_, end - at_));
    at_ = end + 1;
    return line;
  }

  PicklePtr Pop() {
    if (stack_.empty() || stack_.back() == nullptr) Corrupt("the stack is empty.");
    PicklePtr value = stack_.back();
    stack_.pop_back();
    return value;
  }

  PicklePtr& Top() {
    if (stack_.empty() || stack_.back() == nullptr) Corrupt("the stack is empty.");
    return stack_.back();
  }

  std::vector<PicklePtr> PopMark() {
    std::vector<PicklePtr> items;
    while (!stack_.empty() && stack_.back() != nullptr) {
      items.insert(items.begin(), stack_.back());
      stack_.pop_back();
    }
    if (stack_.empty()) Corrupt("a mark is missing.");
    stack_.pop_back();
    return items;
  }

  void PushTuple(size_t n) {
    PicklePtr tuple = Make(Kind::kList);
    tuple->items.resize(n);
    for (size_t i = n; i > 0; --i) tuple->items[i - 1] = Pop();
    stack_.push_back(tuple);
  }

  void PushText(uint64_t n) { stack_.push_back(MakeText(std::string(Take(n)))); }

  void Get(uint32_t key) {
    const auto it = memo_.find(key);
    if (it == memo_.end()) Corrupt("a value is fetched that was never kept.");
    stack_.push_back(it->second);
  }

  void SetPairs(const PicklePtr& dict, const std::vector<PicklePtr>& items) {
    if (dict->kind != Kind::kDict) return;  // items of an opaque object
    if (items.size() % 2 != 0) Corrupt("a key has no value.");
    for (size_t i = 0; i < items.size(); i += 2) dict->pairs.emplace_back(items[i], items[i + 1]);
  }

  // LONG1: two's complement of any length; what 64 bits cannot hold (torch's magic number) is kept by its low bits.
  int64_t Long(std::string_view digits) {
    uint64_t value = 0;
    for (size_t i = 0; i < digits.size() && i < 8; ++i) value |= static_cast<uint64_t>(static_cast<unsigned char>(digits[i])) << (8 * i);
    if (!digits.empty() && digits.size() < 8 && (digits.back() & 0x80)) value |= ~uint64_t{0} << (8 * digits.size());
    return static_cast<int64_t>(value);
  }

  // torch.save's persistent id: ("storage", type, key, device, number of elements).
  void PushStorage() {
    const PicklePtr id = Pop();
    if (id->kind != Kind::kList || id->items.size() < 5 || id->items[0]->text != "storage") Corrupt("a persistent id that is no storage.");
    PicklePtr storage = MakeText(id->items[2]->text, Kind::kStorage);
    storage->type = id->items[1]->text.substr(id->items[1]->text.rfind(' ') + 1);
    storage->number = id->items[4]->number;
    stack_.push_back(storage);
  }

  // A call. Of all the functions in the world three are known here.
  void Reduce() {
    const PicklePtr arguments = Pop(), function = Pop();
    const std::string& name = function->text;
    const std::vector<PicklePtr>& items = arguments->items;
    if (function->kind == Kind::kGlobal && name == "torch._utils _rebuild_tensor_v2" && items.size() >= 4 && items[0]->kind == Kind::kStorage) {
      PicklePtr tensor = Make(Kind::kTensor);
      tensor->items.assign(items.begin(), items.begin() + 4);
      stack_.push_back(tensor);
    } else if (function->kind == Kind::kGlobal && name == "torch._utils _rebuild_parameter" && !items.empty()) {
      stack_.push_back(items[0]);
    } else if (function->kind == Kind::kGlobal && name == "collections OrderedDict") {
      stack_.push_back(Make(Kind::kDict));
    } else {
      stack_.push_back(Make(Kind::kOpaque));
    }
  }

  void Step(unsigned char op) {
    switch (op) {
      case 0x80: Take(1); return;                                      // PROTO
      case 0x95: Take(8); return;                                      // FRAME
      case '(': stack_.push_back(nullptr); return;                     // MARK
      case '}': stack_.push_back(Make(Kind::kDict)); return;           // EMPTY_DICT
      case ']': case ')': case 0x8f: stack_.push_back(Make(Kind::kList)); return;
      case 'N': stack_.push_back(Make(Kind::kNone)); return;
      case 0x88: case 0x89:
        stack_.push_back(Make(Kind::kBool));
        stack_.back()->number = op == 0x88;
        return;
      case 'J': stack_.push_back(MakeInt(Number<int32_t>())); return;  // BININT
      case 'K': stack_.push_back(MakeInt(Number<uint8_t>())); return;
      case 'M': stack_.push_back(MakeInt(Number<uint16_t>())); return;
      case 0x8a: stack_.push_back(MakeInt(Long(Take(Number<uint8_t>())))); return;  // LONG1
      case 'G': {                                                      // BINFLOAT, big-endian
        PicklePtr value = Make(Kind::kFloat);
        value->real = std::bit_cast<double>(__builtin_bswap64(Number<uint64_t>()));
        stack_.push_back(value);
        return;
      }
      case 'X': case 'T': PushText(Number<uint32_t>()); return;        // BINUNICODE, BINSTRING
      case 'B': PushText(Number<uint32_t>()); return;                  // BINBYTES
      case 0x8c: case 'U': case 'C': PushText(Number<uint8_t>()); return;
      case 'q': memo_[Number<uint8_t>()] = Top(); return;              // BINPUT
      case 'r': memo_[Number<uint32_t>()] = Top(); return;
      case 0x94: memo_[static_cast<uint32_t>(memo_.size())] = Top(); return;  // MEMOIZE
      case 'h': Get(Number<uint8_t>()); return;                        // BINGET
      case 'j': Get(Number<uint32_t>()); return;
      case 't': {
        PicklePtr tuple = Make(Kind::kList);
        tuple->items = PopMark();
        stack_.push_back(tuple);
        return;
      }
      case 0x85: case 0x86: case 0x87: PushTuple(op - 0x84); return;   // TUPLE1 to 3
      case 'c': {                                                      // GLOBAL
        const std::string module = Line(), name = Line();
        stack_.push_back(MakeText(module + " " + name, Kind::kGlobal));
        return;
      }
      case 0x93: {                                                     // STACK_GLOBAL
        const PicklePtr name = Pop(), module = Pop();
        stack_.push_back(MakeText(module->text + " " + name->text, Kind::kGlobal));
        return;
      }
      case 'Q': PushStorage(); return;                                 // BINPERSID
      case 'R': case 0x81: Reduce(); return;                           // REDUCE, NEWOBJ
      case 'b': Pop(); return;                                         // BUILD: the state of an object is not ours
      case 's': {
        const PicklePtr value = Pop(), key = Pop();
        SetPairs(Top(), {key, value});
        return;
      }
      case 'u': {
        const std::vector<PicklePtr> items = PopMark();
        SetPairs(Top(), items);
        return;
      }
      case 'a': {
        const PicklePtr value = Pop();
        Top()->items.push_back(value);
        return;
      }
      case 'e': case 0x90: {
        const std::vector<PicklePtr> items = PopMark();
        Top()->items.insert(Top()->items.end(), items.begin(), items.end());
        return;
      }
      case '0': Pop(); return;
      case '1': PopMark(); return;
      default: throw Error(ErrorCode::kUnsupported, fmt::format("{}: byte {}: pickle opcode 0x{:02x}.", where_, at_ - 1, op));
    }
  }

  std::string_view bytes_;
  size_t at_;
  const std::string& where_;
  std::vector<PicklePtr> stack_;  // null: a mark
  std::map<uint32_t, PicklePtr> memo_;
};

}  // namespace

PicklePtr ReadPickle(std::string_view bytes, size_t& at, const std::string& where) {
  Machine machine(bytes, at, where);
  PicklePtr value = machine.Run();
  at = machine.at();
  return value;
}

}  // namespace lingshu

// Walks the tree of a template: statements write to a text, expressions give values.
#include "text/jinja.h"

#include <algorithm>

#include <fmt/format.h>

#include "text/jinja_builtin.h"
#include "text/jinja_parse.h"

namespace lingshu {
namespace {

using Node = JinjaNode;
using Kind = JinjaNode::Kind;
using Value = JinjaValue;

class Renderer {
 public:
  Renderer(JinjaRun& run, const Json& trusted, const Json& untrusted) : run_(run) {
    for (const auto& [json, is_trusted] : {std::pair{&trusted, true}, std::pair{&untrusted, false}})
      for (const auto& [name, value] : json->items())
        context_.Set(name, JinjaFromJson(value, is_trusted, run.limits.depth));
    scopes_.emplace_back();
  }

  JinjaText Run(const Node& root) {
    JinjaText out;
    Execute(root, out);
    return out;
  }

 private:
  enum class Flow { kNext, kBreak, kContinue };
  static constexpr int kMaxRecursion = 1000;  // of Execute and Evaluate: some 2 MiB of stack

  // One step, one level down.
  struct Depth {
    Depth(Renderer& by, const Node& node) : renderer(by) {
      renderer.run_.line = node.line;
      renderer.run_.Spend(1);
      if (++renderer.recursion_ > kMaxRecursion)
        renderer.run_.Fail(ErrorCode::kTooLarge, "rendering recurses too deep");
    }
    ~Depth() { --renderer.recursion_; }
    Renderer& renderer;
  };

  // --- statements ---

  Flow Execute(const Node& node, JinjaText& out) {
    const Depth depth(*this, node);
    switch (node.kind) {
      case Kind::kBlock:
        for (const auto& child : node.children)
          if (const Flow flow = Execute(*child, out); flow != Flow::kNext) return flow;
        return Flow::kNext;
      case Kind::kPrint:
        Write(ToText(Evaluate(*node.children[0])), out);
        return Flow::kNext;
      case Kind::kIf:
        return If(node, out);
      case Kind::kFor:
        For(node, out);
        return Flow::kNext;
      case Kind::kSet:
        Assign(node, Evaluate(*node.children[0]));
        return Flow::kNext;
      case Kind::kSetBlock: {
        JinjaText text;
        Execute(*node.children[0], text);
        Assign(node, std::move(text));
        return Flow::kNext;
      }
      case Kind::kMacro:
        scopes_.back().Set(node.name, JinjaFunction{node.name, &node});
        return Flow::kNext;
      case Kind::kBreak:
        return Flow::kBreak;
      case Kind::kContinue:
        return Flow::kContinue;
      default:
        CHECK(false) << "statement " << static_cast<int>(node.kind);
    }
    return Flow::kNext;
  }

  Flow If(const Node& node, JinjaText& out) {
    size_t i = 0;
    for (; i + 1 < node.children.size(); i += 2)
      if (IsTruthy(Evaluate(*node.children[i]))) return Execute(*node.children[i + 1], out);
    return i < node.children.size() ? Execute(*node.children[i], out) : Flow::kNext;
  }

  void For(const Node& node, JinjaText& out) {
    JinjaList items = JinjaElements(run_, Evaluate(*node.children[0]));
    if (const Node* filter = node.children[1].get()) {
      scopes_.emplace_back();
      std::erase_if(items, [&](const Value& item) {
        Unpack(node.names, item);
        return !IsTruthy(Evaluate(*filter));
      });
      scopes_.pop_back();
    }
    if (items.empty() && node.children[3]) Execute(*node.children[3], out);
    for (size_t i = 0; i < items.size(); ++i) {
      scopes_.emplace_back();
      scopes_.back().Set("loop", Loop(items, i));
      Unpack(node.names, items[i]);
      const Flow flow = Execute(*node.children[2], out);
      scopes_.pop_back();
      if (flow == Flow::kBreak) break;
    }
  }

  static JinjaDict Loop(const JinjaList& items, size_t i) {
    const auto number = [](size_t n) { return Value(static_cast<int64_t>(n)); };
    const size_t n = items.size();
    JinjaDict loop;
    loop.items = {
        {"index", number(i + 1)}, {"index0", number(i)}, {"revindex", number(n - i)}, {"revindex0", number(n - i - 1)},
        {"first", i == 0},        {"last", i + 1 == n},  {"length", number(n)}};
    if (i > 0) loop.Set("previtem", items[i - 1]);
    if (i + 1 < n) loop.Set("nextitem", items[i + 1]);
    return loop;
  }

  void Unpack(const std::vector<std::string>& names, const Value& value) {
    if (names.size() == 1) return scopes_.back().Set(names[0], value);
    const JinjaList parts = JinjaElements(run_, value);
    if (parts.size() != names.size()) Fail(fmt::format("{} values for {} names", parts.size(), names.size()));
    for (size_t i = 0; i < names.size(); ++i) scopes_.back().Set(names[i], parts[i]);
  }

  void Assign(const Node& node, Value value) {
    if (node.name != ".") return Unpack(node.names, value);
    const Value target = Lookup(node.names[0]);
    if (!target.Dict() || !target.Dict()->is_namespace) Fail(fmt::format("\"{}\" is no namespace", node.names[0]));
    target.Dict()->Set(node.names[1], std::move(value));
  }

  void Write(const JinjaText& text, JinjaText& out) {
    run_.Spend(text.bytes.size() / 64);
    out.Append(text);
    if (out.bytes.size() > run_.limits.text_bytes)
      run_.Fail(ErrorCode::kTooLarge, fmt::format("the output grows beyond {} bytes", run_.limits.text_bytes));
  }

  // --- expressions ---

  Value Evaluate(const Node& node) {
    const Depth depth(*this, node);
    const auto child = [&](size_t i) { return Evaluate(*node.children[i]); };
    switch (node.kind) {
      case Kind::kLiteral:
        return node.value;
      case Kind::kName:
        return Lookup(node.name);
      case Kind::kList: {
        JinjaList list;
        for (const auto& item : node.children) list.push_back(Evaluate(*item));
        return list;
      }
      case Kind::kDict: {
        JinjaDict dict;
        for (size_t i = 0; i < node.children.size(); i += 2) {
          const Value key = child(i);
          if (!key.Text()) run_.Fail(ErrorCode::kUnsupported, "a key that is no string is not read here");
          dict.Set(key.Text()->bytes, child(i + 1));
        }
        return dict;
      }
      case Kind::kAttribute:
        return JinjaAttribute(run_, child(0), node.name);
      case Kind::kItem:
        return JinjaItem(run_, child(0), child(1));
      case Kind::kSlice:
        return Slice(node);
      case Kind::kCall:
        return Call(node);
      case Kind::kFilter:
        return ApplyJinjaFilter(run_, node.name, child(0), Arguments(node));
      case Kind::kTest:
        return ApplyJinjaTest(run_, node.name, child(0), Arguments(node));
      case Kind::kNot:
        return !IsTruthy(child(0));
      case Kind::kNegate:
        return JinjaNegate(run_, child(0));
      case Kind::kAnd: {
        Value left = child(0);
        return IsTruthy(left) ? child(1) : left;
      }
      case Kind::kOr: {
        Value left = child(0);
        return IsTruthy(left) ? left : child(1);
      }
      case Kind::kArithmetic:
        return JinjaArithmetic(run_, node.name, child(0), child(1));
      case Kind::kCompare:
        return Compare(node);
      case Kind::kConditional:
        if (IsTruthy(child(1))) return child(0);
        return node.children[2] ? child(2) : Value::Undefined("an if without else");
      default:
        CHECK(false) << "expression " << static_cast<int>(node.kind);
    }
    return {};
  }

  Value Lookup(const std::string& name) {
    for (size_t i = scopes_.size(); i-- > floor_;)
      if (const Value* found = scopes_[i].Find(name)) return *found;
    if (const Value* found = scopes_[0].Find(name)) return *found;
    if (const Value* found = context_.Find(name)) return *found;
    for (const char* known : {"namespace", "dict", "range", "raise_exception"})
      if (name == known) return JinjaFunction{name};
    return Value::Undefined(name);
  }

  Value Slice(const Node& node) {
    Value bounds[3];
    for (size_t i = 0; i < 3; ++i)
      bounds[i] = node.children[i + 1] ? Evaluate(*node.children[i + 1]) : Value(JinjaNone{});
    return JinjaSlice(run_, Evaluate(*node.children[0]), bounds[0], bounds[1], bounds[2]);
  }

  JinjaArguments Arguments(const Node& node) {
    JinjaArguments arguments;
    for (size_t i = 1; i < node.children.size(); ++i) {
      const Node& child = *node.children[i];
      if (child.kind == Kind::kKeyword) arguments.named.emplace_back(child.name, Evaluate(*child.children[0]));
      else arguments.positional.push_back(Evaluate(child));
    }
    return arguments;
  }

  Value Call(const Node& node) {
    const Node& callee = *node.children[0];
    Value function;
    if (callee.kind == Kind::kAttribute) {
      const Value object = Evaluate(*callee.children[0]);
      if (HasJinjaMethod(object, callee.name)) return CallJinjaMethod(run_, object, callee.name, Arguments(node));
      function = JinjaAttribute(run_, object, callee.name);
      if (!function.Function())
        run_.Fail(ErrorCode::kUnsupported,
                  fmt::format("the method \"{}\" of {} is not known here", callee.name, JinjaTypeName(object)));
    } else {
      function = Evaluate(callee);
      if (!function.Function())
        run_.Fail(ErrorCode::kUnsupported, fmt::format("a call of \"{}\", which is no function here", callee.name));
    }
    const JinjaArguments arguments = Arguments(node);
    if (const Node* macro = function.Function()->macro) return CallMacro(*macro, arguments);
    return CallBuiltin(function.Function()->name, arguments);
  }

  Value CallMacro(const Node& macro, const JinjaArguments& arguments) {
    if (++calls_ > run_.limits.depth)
      run_.Fail(ErrorCode::kTooLarge, fmt::format("macros call each other beyond {} levels", run_.limits.depth));
    if (arguments.positional.size() > macro.names.size()) Fail(fmt::format("too many arguments for {}", macro.name));
    for (const auto& [name, value] : arguments.named)
      if (std::find(macro.names.begin(), macro.names.end(), name) == macro.names.end())
        Fail(fmt::format("{} has no parameter {}", macro.name, name));
    JinjaDict scope;
    for (size_t i = 0; i < macro.names.size(); ++i) {
      const Value* given = arguments.Get(i, macro.names[i]);
      const Node* fallback = macro.children[i + 1].get();
      scope.Set(macro.names[i], given ? *given : fallback ? Evaluate(*fallback) : Value::Undefined(macro.names[i]));
    }
    // A macro sees its arguments and the template's outermost variables.
    const size_t floor = std::exchange(floor_, scopes_.size());
    scopes_.push_back(std::move(scope));
    JinjaText text;
    Execute(*macro.children[0], text);
    scopes_.pop_back();
    floor_ = floor;
    --calls_;
    return text;
  }

  Value CallBuiltin(const std::string& name, const JinjaArguments& arguments) {
    if (name == "range") return Range(arguments);
    if (name == "raise_exception") Raise(arguments);
    JinjaDict dict;
    if (!arguments.positional.empty() && arguments.positional[0].Dict()) dict = *arguments.positional[0].Dict();
    for (const auto& [key, value] : arguments.named) dict.Set(key, value);
    dict.is_namespace = name == "namespace";
    return dict;
  }

  Value Range(const JinjaArguments& arguments) {
    int64_t bounds[3] = {0, 0, 1};
    const size_t given = arguments.positional.size();
    if (given < 1 || given > 3) Fail("range takes one to three arguments");
    for (size_t i = 0; i < given; ++i) {
      if (!arguments.positional[i].IsInteger()) Fail("a range of what is no integer");
      bounds[given == 1 ? 1 : i] = arguments.positional[i].AsInteger();
    }
    if (bounds[2] == 0) Fail("a range with step 0");
    JinjaList numbers;
    for (int64_t i = bounds[0]; bounds[2] > 0 ? i < bounds[1] : i > bounds[1];) {
      run_.Spend(1);
      numbers.push_back(i);
      if (__builtin_add_overflow(i, bounds[2], &i)) break;
    }
    return numbers;
  }

  // What the template says itself may be shown; what it quotes may not.
  [[noreturn]] void Raise(const JinjaArguments& arguments) {
    std::string said;
    if (!arguments.positional.empty()) {
      const JinjaText text = ToText(arguments.positional[0]);
      for (size_t i = 0; i < text.bytes.size(); ++i) {
        if (text.trust[i]) said += text.bytes[i];
        else if (i == 0 || text.trust[i - 1]) said += "[…]";
      }
    }
    throw Error(ErrorCode::kUsage, fmt::format("the chat template refuses this conversation: {}", said));
  }

  Value Compare(const Node& node) {
    Value left = Evaluate(*node.children[0]);
    for (size_t i = 0; i < node.names.size(); ++i) {
      const Value right = Evaluate(*node.children[i + 1]);
      if (!JinjaHolds(run_, node.names[i], left, right)) return false;
      left = right;
    }
    return true;
  }

  JinjaText ToText(const Value& value) { return JinjaToText(value, run_.limits.depth); }

  [[noreturn]] void Fail(const std::string& what) const { run_.Fail(ErrorCode::kCorrupt, what); }

  JinjaRun& run_;
  JinjaDict context_;
  std::vector<JinjaDict> scopes_;  // the first is the template's own; loops and macros push theirs
  size_t floor_ = 0;               // scopes below, but for the first, are hidden from the running macro
  int calls_ = 0, recursion_ = 0;
};

}  // namespace

JinjaTemplate::JinjaTemplate(std::string_view source, const std::string& where)
    : where_(where), root_(ParseJinja(source, where)) {}
JinjaTemplate::~JinjaTemplate() = default;
JinjaTemplate::JinjaTemplate(JinjaTemplate&&) noexcept = default;

std::vector<TextSegment> JinjaTemplate::Render(const Json& trusted, const Json& untrusted,
                                               const JinjaLimits& limits) const {
  JinjaRun run{.where = where_, .limits = limits};
  const JinjaText out = Renderer(run, trusted, untrusted).Run(*root_);
  std::vector<TextSegment> segments;
  for (size_t begin = 0; begin < out.bytes.size();) {
    const size_t end = std::min(out.trust.find_first_not_of(out.trust[begin], begin), out.bytes.size());
    segments.push_back({out.bytes.substr(begin, end - begin), out.trust[begin] != 0});
    begin = end;
  }
  return segments;
}

}  // namespace lingshu

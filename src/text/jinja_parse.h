// Jinja tokens to a tree. Internal to text/jinja.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja_value.h"

namespace lingshu {

struct JinjaNode {
  enum class Kind {
    // Statements. Children in order; "?" may be null.
    kBlock,     // statements
    kPrint,     // expression
    kIf,        // condition, block, condition, block, …, [else block]
    kFor,       // iterable, filter?, block, else block?; names: targets
    kSet,       // expression; names: targets, or {"ns", "attribute"} with name "."
    kSetBlock,  // block; names: one target
    kMacro,     // block, default?, default?, …; name, names: parameters
    kBreak,
    kContinue,
    // Expressions.
    kLiteral,      // value
    kName,         // name
    kList,         // items
    kDict,         // key, value, key, value, …
    kAttribute,    // object; name
    kItem,         // object, index
    kSlice,        // object, begin?, end?, step?
    kCall,         // callee, arguments
    kFilter,       // input, arguments; name
    kTest,         // input, arguments; name
    kKeyword,      // value; name: within arguments
    kNot,          // operand
    kNegate,       // operand
    kAnd,          // left, right
    kOr,           // left, right
    kArithmetic,   // left, right; name: + - * / // % ~
    kCompare,      // operand, operand, …; names: == != < <= > >= in "not in"
    kConditional,  // then, condition, else?
  };
  Kind kind;
  int line = 0;
  int depth = 1;
  std::string name;
  std::vector<std::string> names;
  JinjaValue value;
  std::vector<std::unique_ptr<JinjaNode>> children;
};

// Returns the kBlock of the whole template. Throws as JinjaTemplate's constructor.
std::unique_ptr<const JinjaNode> ParseJinja(std::string_view source, const std::string& where);

}  // namespace lingshu

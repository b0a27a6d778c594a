// Recursive descent with the precedence of jinja2 (parser.py), loosest first:
//   a if b else c · or · and · not · comparisons, in · + - · ~ · * / // % · unary - · . [] () | is
// One class and one file: statements hold expressions, and every rule ends in the same cursor over the tokens.
#include "text/jinja_parse.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "text/jinja_lex.h"

namespace lingshu {
namespace {

using Node = JinjaNode;
using NodePtr = std::unique_ptr<JinjaNode>;
using Kind = JinjaNode::Kind;
using Token = JinjaToken::Kind;

constexpr int kMaxNesting = 64;  // of brackets and statements: what recursion here may use
constexpr int kMaxDepth = 400;   // of the tree, long chains like a + b + c + … included: what rendering may use

class Parser {
 public:
  Parser(std::vector<JinjaToken> tokens, const std::string& where) : tokens_(std::move(tokens)), where_(where) {}

  NodePtr Run() {
    NodePtr root = Block({});
    if (!At(Token::kEnd)) Fail("a statement that closes nothing");
    return root;
  }

 private:
  // Counts how deep the recursion is.
  struct Nesting {
    explicit Nesting(Parser& p) : parser(p) {
      if (++parser.nesting_ > kMaxNesting)
        throw Error(ErrorCode::kTooLarge,
                    fmt::format("{}:{}: nests beyond {} levels.", parser.where_, parser.Line(), kMaxNesting));
    }
    ~Nesting() { --parser.nesting_; }
    Parser& parser;
  };

  const JinjaToken& Peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  int Line() const { return Peek().line; }
  bool At(Token kind) const { return Peek().kind == kind; }
  bool AtName(std::string_view name) const { return Peek().Is(Token::kName, name); }
  bool AtOperator(std::string_view op) const { return Peek().Is(Token::kOperator, op); }
  JinjaToken Take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool TakeIf(Token kind, std::string_view text) {
    const bool is_next = Peek().Is(kind, text);
    if (is_next) Take();
    return is_next;
  }

  [[noreturn]] void Fail(const std::string& what) const {
    throw Error(ErrorCode::kCorrupt, fmt::format("{}:{}: {}.", where_, Line(), what));
  }
  [[noreturn]] void Refuse(const std::string& what) const {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}:{}: {} is not part of the Jinja that is read here.", where_, Line(), what));
  }
  void Expect(Token kind, std::string_view text, const char* what) {
    if (Peek().kind != kind || (!text.empty() && Peek().text != text)) Fail(fmt::format("expected {}", what));
    Take();
  }
  std::string Name(const char* what) {
    if (!At(Token::kName)) Fail(fmt::format("expected {}", what));
    return Take().text;
  }

  template <typename... Children>
  NodePtr Make(Kind kind, Children... children) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->line = Line();
    (Add(*node, std::move(children)), ...);
    return node;
  }
  void Add(Node& node, NodePtr child) {
    if (child) node.depth = std::max(node.depth, child->depth + 1);
    if (node.depth > kMaxDepth)
      throw Error(ErrorCode::kTooLarge,
                  fmt::format("{}:{}: an expression of more than {} levels.", where_, Line(), kMaxDepth));
    node.children.push_back(std::move(child));
  }

  // --- statements ---

  // Statements up to a block tag whose name is one of `ends`, which is not taken.
  NodePtr Block(const std::vector<std::string_view>& ends) {
    const Nesting nesting(*this);
    NodePtr block = Make(Kind::kBlock);
    for (;;) {
      if (At(Token::kEnd)) {
        if (!ends.empty()) Fail(fmt::format("\"{}\" is missing", ends.back()));
        return block;
      }
      if (At(Token::kData)) {
        NodePtr text = Make(Kind::kLiteral);
        text->value = JinjaText(Take().text, /*is_trusted=*/true);
        Add(*block, Make(Kind::kPrint, std::move(text)));
      } else if (At(Token::kPrintBegin)) {
        Take();
        Add(*block, Make(Kind::kPrint, Tuple()));
        Expect(Token::kPrintEnd, "", "}}");
      } else {
        if (std::find(ends.begin(), ends.end(), Peek(1).text) != ends.end()) return block;
        Take();
        if (NodePtr statement = Statement()) Add(*block, std::move(statement));
      }
    }
  }

  void EndTag() { Expect(Token::kBlockEnd, "", "%}"); }
  // Takes {% NAME; the caller takes the rest.
  std::string BlockName() {
    Expect(Token::kBlockBegin, "", "{%");
    return Name("a statement");
  }
  void End(std::string_view name) {
    const std::string found = BlockName();
    if (found != name) Fail(fmt::format("expected {}", name));
    EndTag();
  }

  NodePtr Statement() {
    const std::string name = Name("a statement");
    if (name == "if") return If();
    if (name == "for") return For();
    if (name == "set") return Set();
    if (name == "macro") return Macro();
    if (name == "generation") return Generation();
    if (name == "break" || name == "continue") {
      if (loops_ == 0) Fail(fmt::format("{} outside of a loop", name));
      EndTag();
      return Make(name == "break" ? Kind::kBreak : Kind::kContinue);
    }
    Refuse(fmt::format("the statement \"{}\"", name));
  }

  NodePtr If() {
    NodePtr node = Make(Kind::kIf);
    for (;;) {
      Add(*node, Condition());
      EndTag();
      Add(*node, Block({"elif", "else", "endif"}));
      const std::string next = BlockName();
      if (next == "elif") continue;
      EndTag();
      if (next == "endif") return node;
      Add(*node, Block({"endif"}));
      End("endif");
      return node;
    }
  }

  NodePtr For() {
    NodePtr node = Make(Kind::kFor);
    do {
      node->names.push_back(Name("a loop variable"));
    } while (TakeIf(Token::kOperator, ","));
    Expect(Token::kName, "in", "in");
    Add(*node, Or());
    Add(*node, TakeIf(Token::kName, "if") ? Condition() : nullptr);
    if (AtName("recursive")) Refuse("a recursive loop");
    EndTag();
    ++loops_;
    Add(*node, Block({"else", "endfor"}));
    --loops_;
    const bool has_else = Peek(1).text == "else";
    if (has_else) End("else");
    Add(*node, has_else ? Block({"endfor"}) : nullptr);
    End("endfor");
    return node;
  }

  NodePtr Set() {
    std::vector<std::string> names = {Name("a variable")};
    bool is_attribute = false;
    if (TakeIf(Token::kOperator, ".")) {
      is_attribute = true;
      names.push_back(Name("an attribute"));
    }
    while (!is_attribute && TakeIf(Token::kOperator, ",")) names.push_back(Name("a variable"));
    NodePtr node;
    if (TakeIf(Token::kOperator, "=")) {
      node = Make(Kind::kSet, Tuple());
      EndTag();
    } else {
      if (AtOperator("|")) Refuse("a filtered set block");
      EndTag();
      node = Make(Kind::kSetBlock, Block({"endset"}));
      End("endset");
    }
    node->names = std::move(names);
    if (is_attribute) node->name = ".";
    return node;
  }

  NodePtr Macro() {
    NodePtr node = Make(Kind::kMacro, nullptr);
    node->name = Name("a macro's name");
    Expect(Token::kOperator, "(", "(");
    while (!AtOperator(")")) {
      node->names.push_back(Name("a parameter"));
      Add(*node, TakeIf(Token::kOperator, "=") ? Condition() : nullptr);
      if (!TakeIf(Token::kOperator, ",")) break;
    }
    Expect(Token::kOperator, ")", ")");
    EndTag();
    const int loops = std::exchange(loops_, 0);
    NodePtr body = Block({"endmacro"});
    loops_ = loops;
    node->depth = std::max(node->depth, body->depth + 1);
    node->children[0] = std::move(body);
    End("endmacro");
    return node;
  }

  // transformers marks what the assistant wrote; the text passes through.
  NodePtr Generation() {
    EndTag();
    NodePtr body = Block({"endgeneration"});
    End("endgeneration");
    return body;
  }

  // --- expressions ---

  // a, b, c: a list where a comma follows, as in {% set x = 1, 2 %}.
  NodePtr Tuple() {
    NodePtr first = Condition();
    if (!AtOperator(",")) return first;
    NodePtr list = Make(Kind::kList, std::move(first));
    while (TakeIf(Token::kOperator, ",") && !At(Token::kBlockEnd) && !At(Token::kPrintEnd)) Add(*list, Condition());
    return list;
  }

  NodePtr Condition() {
    const Nesting nesting(*this);
    NodePtr node = Or();
    while (TakeIf(Token::kName, "if")) {
      NodePtr condition = Or();
      NodePtr otherwise = TakeIf(Token::kName, "else") ? Condition() : nullptr;
      node = Make(Kind::kConditional, std::move(node), std::move(condition), std::move(otherwise));
    }
    return node;
  }

  NodePtr Or() {
    NodePtr node = And();
    while (TakeIf(Token::kName, "or")) node = Make(Kind::kOr, std::move(node), And());
    return node;
  }

  NodePtr And() {
    NodePtr node = Not();
    while (TakeIf(Token::kName, "and")) node = Make(Kind::kAnd, std::move(node), Not());
    return node;
  }

  NodePtr Not() {
    if (AtName("not") && !Peek(1).Is(Token::kName, "in")) {
      const Nesting nesting(*this);
      Take();
      return Make(Kind::kNot, Not());
    }
    return Compare();
  }

  NodePtr Compare() {
    NodePtr first = Sum();
    NodePtr node;
    for (;;) {
      std::string op;
      if (At(Token::kOperator) && (AtOperator("==") || AtOperator("!=") || AtOperator("<") || AtOperator("<=") ||
                                   AtOperator(">") || AtOperator(">=")))
        op = Take().text;
      else if (TakeIf(Token::kName, "in")) op = "in";
      else if (AtName("not") && Peek(1).Is(Token::kName, "in")) at_ += 2, op = "not in";
      else return node ? std::move(node) : std::move(first);
      if (!node) node = Make(Kind::kCompare, std::move(first));
      node->names.push_back(op);
      Add(*node, Sum());
    }
  }

  NodePtr Arithmetic(std::initializer_list<std::string_view> operators, NodePtr (Parser::*operand)()) {
    NodePtr node = (this->*operand)();
    while (At(Token::kOperator) && std::find(operators.begin(), operators.end(), Peek().text) != operators.end()) {
      std::string op = Take().text;
      node = Make(Kind::kArithmetic, std::move(node), (this->*operand)());
      node->name = std::move(op);
    }
    return node;
  }
  NodePtr Sum() { return Arithmetic({"+", "-"}, &Parser::Concat); }
  NodePtr Concat() { return Arithmetic({"~"}, &Parser::Product); }
  NodePtr Product() { return Arithmetic({"*", "/", "//", "%"}, &Parser::Filtered); }

  NodePtr Filtered() {
    NodePtr node = Filters(Unary());
    if (AtOperator("**")) Refuse("**");
    return node;
  }

  // A sign binds what follows before filters do: -x|abs is (-x)|abs.
  NodePtr Unary() {
    if (!AtOperator("-") && !AtOperator("+")) return Postfix(Primary());
    const Nesting nesting(*this);
    const bool is_minus = Take().text == "-";
    return is_minus ? Make(Kind::kNegate, Unary()) : Unary();
  }

  NodePtr Primary() {
    NodePtr node = Make(Kind::kLiteral);
    const JinjaToken token = Take();
    switch (token.kind) {
      case Token::kName:
        if (token.text == "true" || token.text == "True") node->value = true;
        else if (token.text == "false" || token.text == "False") node->value = false;
        else if (token.text == "none" || token.text == "None") node->value = JinjaNone{};
        else {
          node->kind = Kind::kName;
          node->name = token.text;
        }
        return node;
      case Token::kString: {
        std::string text = token.text;
        while (At(Token::kString)) text += Take().text;
        node->value = JinjaText(text, /*is_trusted=*/true);
        return node;
      }
      case Token::kInteger:
      case Token::kFloat:
        return Number(token, std::move(node));
      case Token::kOperator:
        if (token.text == "(") return Parenthesis();
        if (token.text == "[") return List();
        if (token.text == "{") return Dict();
        [[fallthrough]];
      default:
        --at_;
        Fail("expected an expression");
    }
  }

  NodePtr Number(const JinjaToken& token, NodePtr node) {
    const char *begin = token.text.data(), *end = begin + token.text.size();
    int64_t integer = 0;
    double real = 0;
    const bool is_read = token.kind == Token::kInteger ? std::from_chars(begin, end, integer).ec == std::errc()
                                                       : std::from_chars(begin, end, real).ec == std::errc();
    if (!is_read) Fail("a number that is too large");
    node->value = token.kind == Token::kInteger ? JinjaValue(integer) : JinjaValue(real);
    return node;
  }

  NodePtr Parenthesis() {
    if (TakeIf(Token::kOperator, ")")) return Make(Kind::kList);
    NodePtr node = Condition();
    if (AtOperator(",")) {
      node = Make(Kind::kList, std::move(node));
      while (TakeIf(Token::kOperator, ",") && !AtOperator(")")) Add(*node, Condition());
    }
    Expect(Token::kOperator, ")", ")");
    return node;
  }

  NodePtr List() {
    NodePtr node = Make(Kind::kList);
    while (!AtOperator("]")) {
      Add(*node, Condition());
      if (!TakeIf(Token::kOperator, ",")) break;
    }
    Expect(Token::kOperator, "]", "]");
    return node;
  }

  NodePtr Dict() {
    NodePtr node = Make(Kind::kDict);
    while (!AtOperator("}")) {
      Add(*node, Condition());
      Expect(Token::kOperator, ":", ":");
      Add(*node, Condition());
      if (!TakeIf(Token::kOperator, ",")) break;
    }
    Expect(Token::kOperator, "}", "}");
    return node;
  }

  NodePtr Postfix(NodePtr node) {
    for (;;) {
      if (TakeIf(Token::kOperator, ".")) {
        node = Make(Kind::kAttribute, std::move(node));
        if (At(Token::kInteger)) Refuse("an index behind a point");
        node->name = Name("an attribute");
      } else if (TakeIf(Token::kOperator, "[")) {
        node = Subscript(std::move(node));
      } else if (AtOperator("(")) {
        node = Make(Kind::kCall, std::move(node));
        Arguments(*node);
      } else {
        return node;
      }
    }
  }

  NodePtr Subscript(NodePtr object) {
    NodePtr parts[3];
    int count = 0;
    if (!AtOperator(":")) parts[0] = Condition();
    while (count < 2 && TakeIf(Token::kOperator, ":"))
      if (++count; !AtOperator(":") && !AtOperator("]")) parts[count] = Condition();
    Expect(Token::kOperator, "]", "]");
    if (count == 0) return Make(Kind::kItem, std::move(object), std::move(parts[0]));
    return Make(Kind::kSlice, std::move(object), std::move(parts[0]), std::move(parts[1]), std::move(parts[2]));
  }

  void Arguments(Node& node) {
    Expect(Token::kOperator, "(", "(");
    while (!AtOperator(")")) {
      if (AtOperator("*") || AtOperator("**")) Refuse("* in a call");
      if (At(Token::kName) && Peek(1).Is(Token::kOperator, "=")) {
        std::string name = Take().text;
        Take();
        NodePtr keyword = Make(Kind::kKeyword, Condition());
        keyword->name = std::move(name);
        Add(node, std::move(keyword));
      } else {
        Add(node, Condition());
      }
      if (!TakeIf(Token::kOperator, ",")) break;
    }
    Expect(Token::kOperator, ")", ")");
  }

  NodePtr Filters(NodePtr node) {
    for (;;) {
      if (TakeIf(Token::kOperator, "|")) {
        node = Make(Kind::kFilter, std::move(node));
        node->name = Name("a filter");
        if (AtOperator("(")) Arguments(*node);
      } else if (TakeIf(Token::kName, "is")) {
        node = Test(std::move(node));
      } else if (AtOperator("(")) {
        node = Make(Kind::kCall, std::move(node));
        Arguments(*node);
      } else {
        return node;
      }
    }
  }

  NodePtr Test(NodePtr input) {
    const bool is_negated = TakeIf(Token::kName, "not");
    NodePtr node = Make(Kind::kTest, std::move(input));
    node->name = Name("a test");
    const bool is_value =
        At(Token::kString) || At(Token::kInteger) || At(Token::kFloat) || AtOperator("[") || AtOperator("{") ||
        (At(Token::kName) && !AtName("else") && !AtName("or") && !AtName("and") && !AtName("if") && !AtName("is"));
    if (AtOperator("(")) Arguments(*node);
    else if (is_value) Add(*node, Postfix(Primary()));
    return is_negated ? Make(Kind::kNot, std::move(node)) : std::move(node);
  }

  std::vector<JinjaToken> tokens_;
  const std::string& where_;
  size_t at_ = 0;
  int nesting_ = 0;
  int loops_ = 0;
};

}  // namespace

std::unique_ptr<const JinjaNode> ParseJinja(std::string_view source, const std::string& where) {
  return Parser(LexJinja(source, where), where).Run();
}

}  // namespace lingshu

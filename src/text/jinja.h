// The part of Jinja that chat templates use, rendered to segments that remember their author: what the template wrote
// is trusted, what came in through variables is not, whatever is sliced, joined or escaped on the way.
//
// Semantics are those of jinja2 3.1 as `transformers` sets it up for chat templates: trim_blocks, lstrip_blocks, break
// and continue, raise_exception, tojson without ASCII or HTML escapes, and an immutable sandbox. There are: if, for
// (with filter, else, unpacking), set (of names, namespace attributes and blocks), macro, raw, comments, white-space
// control; all operators but ** and string %; the filters, tests and methods listed in jinja_filters.cc and
// jinja_methods.cc. Tuples and generators are lists, integers have 64 bits, keys of dicts are strings. Anything else is
// an error of parsing or rendering that names it. strftime_now is undefined on purpose: a prompt should not depend on
// the clock.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "text/tokenizer.h"

namespace lingshu {

// A step is a node evaluated or 64 bytes handled.
struct JinjaLimits {
  int64_t steps = 1'000'000;
  size_t text_bytes = size_t{4} << 20;  // of the output and of any text on the way
  int depth = 64;                       // of macro calls and values; nesting of the source has the same limit
};

struct JinjaNode;

// Const after construction; rendering keeps no state in it, so threads share it.
class JinjaTemplate {
 public:
  // Throws Error(kCorrupt) for what is no Jinja and Error(kUnsupported) for what is not read here, with where:line.
  JinjaTemplate(std::string_view source, const std::string& where);
  ~JinjaTemplate();
  JinjaTemplate(JinjaTemplate&&) noexcept;

  // Variables are the keys of both objects. Strings of `trusted` count as the template's own ("bos_token").
  // Neighbouring segments differ in trust; text is UTF-8 as far as the variables are.
  // Throws Error(kUsage) with the template's own words for raise_exception, Error(kTooLarge) beyond a limit,
  // Error(kCorrupt) for operations without meaning. Messages never quote untrusted text.
  std::vector<TextSegment> Render(const Json& trusted, const Json& untrusted, const JinjaLimits& limits = {}) const;

 private:
  std::string where_;
  std::unique_ptr<const JinjaNode> root_;
};

}  // namespace lingshu

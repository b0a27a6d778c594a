// Jinja against jinja2 on cases made by tools/golden/jinja.py, and the facts that jinja2 does not have: authors and
// limits.
#include "text/jinja.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/rng.h"

namespace lingshu {
namespace {

std::string Render(const std::string& source, const Json& variables) {
  std::string text;
  for (const TextSegment& segment : JinjaTemplate(source, "case").Render(Json::object(), variables))
    text += segment.text;
  return text;
}

void CompareCases(const fs::path& file) {
  int64_t cases = 0, differences = 0;
  std::map<std::string, int64_t> unsupported;
  ForEachLine(file, [&](std::string_view line, int64_t number) {
    if (differences > 20) return;
    const Json json = ParseJson(line, file.string());
    std::string source = json["template"];
    const std::string name = StringOr(json, "name", source);
    if (source.ends_with(".jinja")) source = ReadFile(file.parent_path() / source);
    ++cases;
    std::string found, why;
    bool is_unsupported = false;
    try {
      found = Render(source, json["variables"]);
    } catch (const Error& error) {
      why = error.message();
      is_unsupported = error.code() == ErrorCode::kUnsupported;
    }
    const bool should_fail = json.contains("error");
    if (should_fail == !why.empty() && (should_fail || found == json["text"])) return;
    if (is_unsupported && json.contains("name")) {  // a template beyond what is read here, and it says so
      ++unsupported[name + ": " + why];
      return;
    }
    ++differences;
    ADD_FAILURE() << "line " << number << ", " << name << "\n expected: "
                  << (should_fail ? "an error (" + StringOr(json, "why", "") + ")" : json["text"].get<std::string>())
                  << "\n found:    " << (why.empty() ? found : "an error: " + why);
  });
  EXPECT_GT(cases, 0);
  for (const auto& [what, times] : unsupported) std::printf("%5ld not read: %s\n", times, what.c_str());
}

TEST(Jinja, RendersWhatJinja2Renders) { CompareCases("tests/golden/jinja/cases.jsonl"); }

TEST(Jinja, RendersThePublishedQwenTemplates) { CompareCases("tests/golden/jinja/templates.jsonl"); }

TEST(Jinja, LiveTemplatesRenderAsJinja2Does) {
  const char* folder = std::getenv("LINGSHU_JINJA_CASES");
  if (!folder) GTEST_SKIP() << "LINGSHU_JINJA_CASES is not set: tools/golden/jinja.py makes the cases";
  CompareCases(fs::path(folder) / "cases.jsonl");
}

// Trusted text in brackets, untrusted in braces.
std::string Authors(const std::string& source, const Json& trusted, const Json& untrusted) {
  std::string text;
  for (const TextSegment& segment : JinjaTemplate(source, "case").Render(trusted, untrusted))
    text += (segment.is_trusted ? "[" : "{") + segment.text + (segment.is_trusted ? "]" : "}");
  return text;
}

TEST(Jinja, TextKeepsItsAuthorThroughEveryOperation) {
  const Json none = Json::object(), user = {{"u", "abc"}, {"list", {"x", "y"}}, {"d", {{"k", "v"}}}, {"n", 5}};
  EXPECT_EQ(Authors("<|{{ u }}|>", none, user), "[<|]{abc}[|>]");
  EXPECT_EQ(Authors("{{ '<|' + u + '|>' }}", none, user), "[<|]{abc}[|>]");
  EXPECT_EQ(Authors("{{ ('<|' ~ u ~ '|>')[1:4] }}", none, user), "[|]{ab}");
  EXPECT_EQ(Authors("{{ ('<|' ~ u)[::-1] }}", none, user), "{cba}[|<]");
  EXPECT_EQ(Authors("{{ ('x' ~ u ~ 'x').strip('x').upper() }}", none, user), "{ABC}");
  EXPECT_EQ(Authors("{{ (u ~ '-' ~ u).split('-')[1] }}", none, user), "{abc}");
  EXPECT_EQ(Authors("{{ u.replace('b', '<>') }}", none, user), "{a}[<>]{c}");
  EXPECT_EQ(Authors("{{ 'a-b'.replace('-', u) }}", none, user), "[a]{abc}[b]");
  EXPECT_EQ(Authors("{{ list | join('-') }}{{ '+'.join(list) }}", none, user), "{x}[-]{yx}[+]{y}");
  EXPECT_EQ(
      Authors("{{ d | tojson }}{{ d }}{{ n }}{{ list | first }}{% for k, v in d.items() %}{{ k }}{{ v }}{% endfor %}",
              none, user),
      R"({{"k": "v"}{'k': 'v'}5xkv})");
  EXPECT_EQ(
      Authors("{% set x %}<{{ u }}>{% endset %}{{ x }}{% macro m(a) %}({{ a }}){% endmacro %}{{ m(u) }}", none, user),
      "[<]{abc}[>(]{abc}[)]");
  EXPECT_EQ(
      Authors("{% set ns = namespace(t='') %}{% for c in u %}{% set ns.t = ns.t ~ c ~ '.' %}{% endfor %}{{ ns.t }}",
              none, user),
      "{a}[.]{b}[.]{c}[.]");
  EXPECT_EQ(
      Authors("{{ u * 2 }}{{ u | indent(1, true) }}{{ u | title }}{{ u | default('z') }}{{ missing | default('z') }}",
              none, user),
      "{abcabc}[ ]{abcAbcabc}[z]");
  EXPECT_EQ(Authors("{{ bos }}{{ u }}", {{"bos", "<s>"}}, user), "[<s>]{abc}");
}

TEST(Jinja, RefusalsQuoteTheTemplateAndNotThePatient) {
  try {
    Authors("{{ raise_exception('Unknown role ' ~ role ~ '!') }}", Json::object(), {{"role", "John Doe"}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_EQ(error.message(), "the chat template refuses this conversation: Unknown role […]!");
  }
}

TEST(Jinja, ErrorsNameTheLineAndNeverTheText) {
  const Json user = {{"u", "John Doe"}, {"d", {{"name", "John Doe"}}}};
  for (const char* source :
       {"a\n{{ u + 1 }}", "a\n{{ u.nothing() }}", "a\n{{ d.x.y }}", "a\n{{ u | nothing }}", "a\n{{ u is nothing }}",
        "a\n{{ 1 in 5 }}", "a\n{{ d < 1 }}", "a\n{% for a, b in u %}{% endfor %}"}) {
    try {
      Render(source, user);
      ADD_FAILURE() << source;
    } catch (const Error& error) {
      EXPECT_TRUE(error.message().starts_with("case:2: ")) << error.message();
      EXPECT_EQ(error.message().find("John"), std::string::npos) << error.message();
    }
  }
}

ErrorCode CodeOf(const std::string& source, const Json& variables = Json::object(), const JinjaLimits& limits = {}) {
  try {
    JinjaTemplate(source, "case").Render(Json::object(), variables, limits);
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kInternal;
}

TEST(Jinja, WorkTextAndDepthAreBounded) {
  EXPECT_EQ(CodeOf("{% for a in range(10000) %}{% for b in range(10000) %}{% endfor %}{% endfor %}"),
            ErrorCode::kTooLarge);
  EXPECT_EQ(CodeOf("{% set l = range(1000000000000) %}"), ErrorCode::kTooLarge);
  EXPECT_EQ(CodeOf("{{ 'x' * 1000000000000 }}"), ErrorCode::kTooLarge);
  EXPECT_EQ(CodeOf("{% set ns = namespace(x='xxxxxxxxxxxxxxxx') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x "
                   "%}{% endfor %}"),
            ErrorCode::kTooLarge);
  EXPECT_EQ(CodeOf("{% for i in range(1000) %}{{ 'x' * 10000 }}{% endfor %}"), ErrorCode::kTooLarge);
  EXPECT_EQ(CodeOf("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"), ErrorCode::kTooLarge);
  EXPECT_EQ(
      CodeOf("{% set ns = namespace(l=[]) %}{% for i in range(100) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}"),
      ErrorCode::kTooLarge);
  EXPECT_EQ(CodeOf("{% set ns = namespace() %}{% set ns.x = ns %}{{ ns.x.x.x.x | tojson }}"), ErrorCode::kTooLarge);
  EXPECT_EQ(CodeOf("{{ u }}", {{"u", std::string(100, 'x')}}, {.text_bytes = 99}), ErrorCode::kTooLarge);
  EXPECT_EQ(CodeOf("{{ u }}", {{"u", UINT64_MAX}}), ErrorCode::kTooLarge);
  EXPECT_EQ(CodeOf("{{ 1 }}{{ 2 }}", Json::object(), {.steps = 3}), ErrorCode::kTooLarge);
}

TEST(Jinja, SourcesThatNestTooDeepAreRefused) {
  const auto repeat = [](const std::string& part, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += part;
    return text;
  };
  for (const std::string& source :
       {"{{ " + repeat("(", 5000) + "1" + repeat(")", 5000) + " }}", "{{ " + repeat("not ", 5000) + "1 }}",
        "{{ " + repeat("-", 5000) + "1 }}", "{{ 1" + repeat(" + 1", 50000) + " }}",
        "{{ x" + repeat(".x", 50000) + " }}", "{{ x" + repeat(" | trim", 50000) + " }}", repeat("{% if 1 %}", 5000),
        "{{ " + repeat("[", 5000) + repeat("]", 5000) + " }}", "{{ 1" + repeat(" if 1 else 1", 5000) + " }}",
        std::string(2 << 20, 'x')})
    EXPECT_EQ(CodeOf(source), ErrorCode::kTooLarge) << source.substr(0, 20);
}

TEST(Jinja, RandomSourcesEndInTextOrAnError) {
  const std::vector<std::string> pool = {
      "{{",     "}}",     "{%",   "%}",       "{#",   "#}",   "-",       "+",  "if ", "else", "endif", "for ",
      " in ",   "endfor", "set ", "=",        "x",    "'",    "\"",      "(",  ")",   "[",    "]",     "{",
      "}",      ":",      ",",    ".",        "|",    "trim", "~",       "1",  "0.5", "\n",   " ",     "raw",
      "endraw", "macro ", "m",    "endmacro", "not ", "is ",  "defined", "左", "\\"};
  Rng rng(7);
  int64_t rendered = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string source;
    for (int n = rng.Int(0, 16); n > 0; --n) source += rng.Pick(pool);
    try {
      Render(source, {{"x", {1, "a"}}});
      ++rendered;
    } catch (const Error& error) {
      ASSERT_NE(error.code(), ErrorCode::kInternal) << source << "\n" << error.message();
    }
  }
  EXPECT_GT(rendered, 1000);
}

}  // namespace
}  // namespace lingshu

// Methods of str and dict, and the text operations behind them: each byte keeps its author.
//   str   startswith endswith strip lstrip rstrip split rsplit splitlines replace upper lower title capitalize
//         find count join removeprefix removesuffix
//   dict  items keys values get
#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

#include "text/jinja_builtin.h"
#include "text/unicode.h"
#include "text/unicode_class.h"

namespace lingshu {
namespace {

using Method = JinjaValue (*)(JinjaRun&, const JinjaValue&, const JinjaArguments&);

bool IsPythonSpace(char32_t c) { return (CodePointClasses()[c] & kSpace) || (c >= 0x1C && c <= 0x1F); }

// All that a character becomes: ß becomes SS.
std::string FullCase(char32_t c, bool is_upper) {
  UChar source[2], changed[8];
  int32_t length = 0;
  U16_APPEND_UNSAFE(source, length, static_cast<UChar32>(c));
  UErrorCode error = U_ZERO_ERROR;
  const int32_t size = is_upper ? u_strToUpper(changed, 8, source, length, "", &error) : u_strToLower(changed, 8, source, length, "", &error);
  std::string out;
  for (int32_t i = 0; i < size && U_SUCCESS(error);) {
    UChar32 next;
    U16_NEXT(changed, i, size, next);
    AppendUtf8(out, static_cast<char32_t>(next));
  }
  return out;
}

// As the first letter of a word: ß becomes Ss, ǆ becomes ǅ.
std::string Titled(char32_t c) {
  const auto title = static_cast<char32_t>(u_totitle(static_cast<UChar32>(c)));
  std::string out;
  if (title != c) {
    AppendUtf8(out, title);
    return out;
  }
  const std::string upper = FullCase(c, true);
  for (size_t at = 0; at < upper.size();) {
    const bool is_first = at == 0;
    const char32_t part = NextCodePoint(upper, at);
    if (is_first) AppendUtf8(out, part);
    else out += FullCase(part, false);
  }
  return out;
}

const JinjaText& TextArgument(JinjaRun& run, const JinjaArguments& arguments, size_t place, const char* name) {
  const JinjaValue* value = arguments.Get(place, name);
  if (!value || !value->Text())
    run.Fail(ErrorCode::kCorrupt, fmt::format("expected a string as argument {}", place + 1));
  return *value->Text();
}

int64_t CountArgument(JinjaRun& run, const JinjaArguments& arguments, size_t place, const char* name) {
  const JinjaValue* value = arguments.Get(place, name);
  if (!value) return -1;
  if (!value->IsInteger()) run.Fail(ErrorCode::kCorrupt, fmt::format("expected an integer as argument {}", place + 1));
  return value->AsInteger();
}

// startswith and endswith take one string or a list of them.
bool AnyArgument(JinjaRun& run, const JinjaArguments& arguments, const auto& accepts) {
  const JinjaValue* value = arguments.Get(0, "");
  if (!value || !value->List()) return accepts(TextArgument(run, arguments, 0, "").bytes);
  return std::any_of(value->List()->begin(), value->List()->end(),
                     [&](const JinjaValue& item) { return item.Text() && accepts(item.Text()->bytes); });
}

JinjaList SplitOnSpace(const JinjaText& text, int64_t limit) {
  JinjaList parts;
  for (size_t at = 0; at < text.bytes.size();) {
    size_t next = at;
    if (IsPythonSpace(NextCodePoint(text.bytes, next))) {
      at = next;
      continue;
    }
    size_t end = at;
    while (end < text.bytes.size()) {
      next = end;
      if (IsPythonSpace(NextCodePoint(text.bytes, next))) break;
      end = next;
    }
    if (limit >= 0 && static_cast<int64_t>(parts.size()) == limit) {
      parts.push_back(text.Slice(at));
      return parts;
    }
    parts.push_back(text.Slice(at, end - at));
    at = end;
  }
  return parts;
}

JinjaList SplitOn(const JinjaText& text, const std::string& separator, int64_t limit) {
  JinjaList parts;
  size_t begin = 0;
  while (limit < 0 || static_cast<int64_t>(parts.size()) < limit) {
    const size_t end = text.bytes.find(separator, begin);
    if (end == std::string::npos) break;
    parts.push_back(text.Slice(begin, end - begin));
    begin = end + separator.size();
  }
  parts.push_back(text.Slice(begin));
  return parts;
}

JinjaList SplitFromRight(const JinjaText& text, const std::string& separator, int64_t limit) {
  JinjaList parts;
  size_t end = text.bytes.size();
  while (limit < 0 || static_cast<int64_t>(parts.size()) < limit) {
    const size_t found =
        end < separator.size() ? std::string::npos : text.bytes.rfind(separator, end - separator.size());
    if (found == std::string::npos) break;
    parts.push_back(text.Slice(found + separator.size(), end - found - separator.size()));
    end = found;
  }
  parts.push_back(text.Slice(0, end));
  std::reverse(parts.begin(), parts.end());
  return parts;
}

JinjaValue Split(JinjaRun& run, const JinjaValue& object, const JinjaArguments& arguments, bool is_from_right) {
  const JinjaText& text = *object.Text();
  run.Spend(text.bytes.size() / 8);
  const JinjaValue* separator = arguments.Get(0, "sep");
  const int64_t limit = CountArgument(run, arguments, 1, "maxsplit");
  if (!separator || separator->IsNone()) {
    if (is_from_right && limit >= 0)
      run.Fail(ErrorCode::kUnsupported, "rsplit on white space with a limit is not read here");
    return SplitOnSpace(text, limit);
  }
  const std::string& bytes = TextArgument(run, arguments, 0, "sep").bytes;
  if (bytes.empty()) run.Fail(ErrorCode::kCorrupt, "an empty separator");
  return is_from_right ? SplitFromRight(text, bytes, limit) : SplitOn(text, bytes, limit);
}

bool IsPythonLineEnd(char32_t c) { return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029; }

JinjaValue SplitLines(JinjaRun& run, const JinjaValue& object, const JinjaArguments&) {
  const JinjaText& text = *object.Text();
  run.Spend(text.bytes.size() / 8);
  JinjaList lines;
  size_t begin = 0;
  for (size_t at = 0; at < text.bytes.size();) {
    const size_t end = at;
    const char32_t c = NextCodePoint(text.bytes, at);
    if (!IsPythonLineEnd(c)) continue;
    if (c == '\r' && at < text.bytes.size() && text.bytes[at] == '\n') ++at;
    lines.push_back(text.Slice(begin, end - begin));
    begin = at;
  }
  if (begin < text.bytes.size()) lines.push_back(text.Slice(begin));
  return lines;
}

JinjaValue Strip(JinjaRun& run, const JinjaValue& object, const JinjaArguments& arguments, bool is_left,
                 bool is_right) {
  const JinjaValue* set = arguments.Get(0, "chars");
  const JinjaText* characters = !set || set->IsNone() ? nullptr : &TextArgument(run, arguments, 0, "chars");
  return JinjaStrip(*object.Text(), characters, is_left, is_right);
}

JinjaValue Find(JinjaRun& run, const JinjaValue& object, const JinjaArguments& arguments) {
  const std::string& bytes = object.Text()->bytes;
  run.Spend(bytes.size() / 8);
  const size_t at = bytes.find(TextArgument(run, arguments, 0, "sub").bytes);
  if (at == std::string::npos) return int64_t{-1};
  return static_cast<int64_t>(JinjaCharacters(object.Text()->Slice(0, at)).size()) - 1;
}

JinjaValue Count(JinjaRun& run, const JinjaValue& object, const JinjaArguments& arguments) {
  const std::string& part = TextArgument(run, arguments, 0, "sub").bytes;
  if (part.empty()) return static_cast<int64_t>(JinjaCharacters(*object.Text()).size());
  return static_cast<int64_t>(SplitOn(*object.Text(), part, -1).size()) - 1;
}

JinjaValue RemoveAffix(JinjaRun& run, const JinjaValue& object, const JinjaArguments& arguments, bool is_prefix) {
  const JinjaText& text = *object.Text();
  const std::string& affix = TextArgument(run, arguments, 0, "affix").bytes;
  if (is_prefix) return text.bytes.starts_with(affix) ? text.Slice(affix.size()) : text;
  return text.bytes.ends_with(affix) ? text.Slice(0, text.bytes.size() - affix.size()) : text;
}

const std::vector<std::pair<std::string_view, Method>>& TextMethods() {
  static const std::vector<std::pair<std::string_view, Method>> methods = {
      {"startswith",
       [](JinjaRun& run, const JinjaValue& o, const JinjaArguments& a) -> JinjaValue {
         return AnyArgument(run, a, [&](const std::string& part) { return o.Text()->bytes.starts_with(part); });
       }},
      {"endswith",
       [](JinjaRun& run, const JinjaValue& o, const JinjaArguments& a) -> JinjaValue {
         return AnyArgument(run, a, [&](const std::string& part) { return o.Text()->bytes.ends_with(part); });
       }},
      {"strip",
       [](JinjaRun& run, const JinjaValue& o, const JinjaArguments& a) { return Strip(run, o, a, true, true); }},
      {"lstrip",
       [](JinjaRun& run, const JinjaValue& o, const JinjaArguments& a) { return Strip(run, o, a, true, false); }},
      {"rstrip",
       [](JinjaRun& run, const JinjaValue& o, const JinjaArguments& a) { return Strip(run, o, a, false, true); }},
      {"split", [](JinjaRun& run, const JinjaValue& o, const JinjaArguments& a) { return Split(run, o, a, false); }},
      {"rsplit", [](JinjaRun& run, const JinjaValue& o, const JinjaArguments& a) { return Split(run, o, a, true); }},
      {"splitlines", &SplitLines},
      {"replace",
       [](JinjaRun& run, const JinjaValue& o, const JinjaArguments& a) -> JinjaValue {
         return JinjaReplace(run, *o.Text(), TextArgument(run, a, 0, "old"), TextArgument(run, a, 1, "new"),
                             CountArgument(run, a, 2, "count"));
       }},
      {"upper",
       [](JinjaRun&, const JinjaValue& o, const JinjaArguments&) -> JinjaValue {
         return JinjaChangeCase(*o.Text(), JinjaCase::kUpper);
       }},
      {"lower",
       [](JinjaRun&, const JinjaValue& o, const JinjaArguments&) -> JinjaValue {
         return JinjaChangeCase(*o.Text(), JinjaCase::kLower);
       }},
      {"title",
       [](JinjaRun&, const JinjaValue& o, const JinjaArguments&) -> JinjaValue {
         return JinjaChangeCase(*o.Text(), JinjaCase::kTitle);
       }},
      {"capitalize",
       [](JinjaRun&, const JinjaValue& o, const JinjaArguments&) -> JinjaValue {
         return JinjaChangeCase(*o.Text(), JinjaCase::kCapitalize);
       }},
      {"find", &Find},
      {"count", &Count},
      {"join",
       [](JinjaRun& run, const JinjaValue& o, const JinjaArguments& a) {
         const JinjaValue* parts = a.Get(0, "iterable");
         return ApplyJinjaFilter(run, "join", parts ? *parts : JinjaValue(), {{o}, {}});
       }},
      {"removeprefix",
       [](JinjaRun& run, const JinjaValue& o, const JinjaArguments& a) { return RemoveAffix(run, o, a, true); }},
      {"removesuffix",
       [](JinjaRun& run, const JinjaValue& o, const JinjaArguments& a) { return RemoveAffix(run, o, a, false); }},
  };
  return methods;
}

const std::vector<std::pair<std::string_view, Method>>& DictMethods() {
  static const std::vector<std::pair<std::string_view, Method>> methods = {
      {"items",
       [](JinjaRun&, const JinjaValue& o, const JinjaArguments&) -> JinjaValue {
         JinjaList pairs;
         for (const auto& [key, value] : o.Dict()->items) pairs.push_back(JinjaList{JinjaText(key, false), value});
         return pairs;
       }},
      {"keys",
       [](JinjaRun& run, const JinjaValue& o, const JinjaArguments&) -> JinjaValue { return JinjaElements(run, o); }},
      {"values",
       [](JinjaRun&, const JinjaValue& o, const JinjaArguments&) -> JinjaValue {
         JinjaList values;
         for (const auto& [key, value] : o.Dict()->items) values.push_back(value);
         return values;
       }},
      {"get",
       [](JinjaRun& run, const JinjaValue& o, const JinjaArguments& a) -> JinjaValue {
         if (const JinjaValue* found = o.Dict()->Find(TextArgument(run, a, 0, "key").bytes)) return *found;
         const JinjaValue* fallback = a.Get(1, "default");
         return fallback ? *fallback : JinjaValue(JinjaNone{});
       }},
  };
  return methods;
}

Method FindMethod(const JinjaValue& object, const std::string& name) {
  const bool is_dict = object.Dict() && !object.Dict()->is_namespace;
  if (!object.Text() && !is_dict) return nullptr;
  for (const auto& [known, method] : is_dict ? DictMethods() : TextMethods())
    if (known == name) return method;
  return nullptr;
}

}  // namespace

bool HasJinjaMethod(const JinjaValue& object, const std::string& name) { return FindMethod(object, name) != nullptr; }

JinjaValue CallJinjaMethod(JinjaRun& run, const JinjaValue& object, const std::string& name,
                           const JinjaArguments& arguments) {
  const Method method = FindMethod(object, name);
  CHECK(method) << name;
  if (object.Text()) run.Spend(object.Text()->bytes.size() / 64);
  if (object.Dict()) run.Spend(object.Dict()->items.size());
  return method(run, object, arguments);
}

std::vector<size_t> JinjaCharacters(const JinjaText& text) {
  std::vector<size_t> begins;
  for (size_t at = 0; at < text.bytes.size(); NextCodePoint(text.bytes, at)) begins.push_back(at);
  begins.push_back(text.bytes.size());
  return begins;
}

JinjaText JinjaStrip(const JinjaText& text, const JinjaText* characters, bool is_left, bool is_right) {
  std::u32string set;
  if (characters)
    for (size_t at = 0; at < characters->bytes.size();) set += NextCodePoint(characters->bytes, at);
  const auto goes = [&](char32_t c) { return characters ? set.find(c) != std::u32string::npos : IsPythonSpace(c); };
  const std::string_view bytes = text.bytes;
  size_t begin = 0, end = bytes.size();
  for (size_t next = begin; is_left && begin < end && goes(NextCodePoint(bytes, next));) begin = next;
  while (is_right && end > begin) {
    size_t last = end - 1;
    while (last > begin && (static_cast<uint8_t>(bytes[last]) & 0xC0) == 0x80) --last;
    size_t next = last;
    if (!goes(NextCodePoint(bytes, next))) break;
    end = last;
  }
  return text.Slice(begin, end - begin);
}

JinjaText JinjaReplace(JinjaRun& run, const JinjaText& text, const JinjaText& from, const JinjaText& to,
                       int64_t count) {
  if (from.bytes.empty()) run.Fail(ErrorCode::kUnsupported, "replacing an empty string is not read here");
  JinjaText out;
  size_t begin = 0;
  for (int64_t done = 0; count < 0 || done < count; ++done) {
    const size_t at = text.bytes.find(from.bytes, begin);
    if (at == std::string::npos) break;
    out.Append(text.Slice(begin, at - begin));
    out.Append(to);
    begin = at + from.bytes.size();
    if (out.bytes.size() > run.limits.text_bytes) break;
  }
  out.Append(text.Slice(begin));
  return run.Checked(std::move(out));
}

// One character for one (simple case mapping), so that authors stay aligned.
JinjaText JinjaChangeCase(const JinjaText& text, JinjaCase to) {
  JinjaText out;
  bool is_inside_word = false;
  for (size_t at = 0; at < text.bytes.size();) {
    const bool is_trusted = text.trust[at] != 0, is_first = at == 0;
    const char32_t c = NextCodePoint(text.bytes, at);
    const bool is_title = (to == JinjaCase::kTitle && !is_inside_word) || (to == JinjaCase::kCapitalize && is_first);
    const bool is_upper = to == JinjaCase::kUpper || (to == JinjaCase::kTitleFilter && !is_inside_word);
    out.Append({is_title ? Titled(c) : FullCase(c, is_upper), is_trusted});
    is_inside_word = to == JinjaCase::kTitleFilter ? !IsPythonSpace(c) && (c > 0x7F || !std::strchr("-({[<", static_cast<char>(c))) : u_isalpha(static_cast<UChar32>(c)) != 0;
  }
  return out;
}

}  // namespace lingshu

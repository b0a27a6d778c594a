#include "score/answer_line.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/json.h"
#include "text/unicode.h"

namespace lingshu {
namespace {

// What more than a verdict is asked of, and keys of rows that are no answers.
constexpr std::array<std::string_view, 2> kMoreThanVerdicts = {"vqa_open", "token_f1"};
constexpr std::array<std::string_view, 4> kNoAnswers = {"_header", "reference", "samples", "raw"};

template <typename List>
bool Has(const List& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Takes the fields of the row as the parser meets them; false ends the parsing. What lies deeper than options is passed over.
class RowHandler : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return depth_ != 1 || TakeNull(); }
  bool boolean(bool) override { return Other(); }
  bool number_integer(number_integer_t) override { return Other(); }
  bool number_unsigned(number_unsigned_t) override { return Other(); }
  bool number_float(number_float_t, const string_t&) override { return Other(); }
  bool binary(binary_t&) override { return Other(); }
  bool string(string_t& text) override {
    if (depth_ == 2 && field_ == Field::kOptions) return row_.options.push_back(std::move(text)), true;
    if (depth_ != 1) return true;
    switch (field_) {
      case Field::kId:
        row_.id = std::move(text), has_id_ = true;
        return true;
      case Field::kCaseType:
        row_.case_type = std::move(text);
        return true;
      case Field::kBenchmark:
        row_.benchmark = std::move(text);
        return true;
      case Field::kGold:
        row_.gold = std::move(text), has_gold_ = true;
        return true;
      case Field::kResponse:
        row_.response = std::move(text), has_response_ = row_.has_response = true;
        return true;
      case Field::kOptions:
        return false;
      case Field::kOther:
        return true;
    }
    return true;
  }
  bool start_object(std::size_t) override { return Open(); }
  bool key(string_t& name) override {
    if (depth_ != 1) return true;
    field_ = name == "id"          ? Field::kId
             : name == "case_type" ? Field::kCaseType
             : name == "benchmark" ? Field::kBenchmark
             : name == "gold"      ? Field::kGold
             : name == "response"  ? Field::kResponse
             : name == "options"   ? Field::kOptions
                                   : Field::kOther;
    return field_ != Field::kOther || !Has(kNoAnswers, name);
  }
  bool end_object() override { return --depth_, true; }
  bool start_array(std::size_t) override {
    if (depth_ == 1 && field_ == Field::kOptions) return row_.options.clear(), ++depth_, true;  // of equal keys the last counts
    return Open();
  }
  bool end_array() override { return --depth_, true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

  bool is_answer() const { return has_id_ && has_gold_ && has_response_ && !Has(kMoreThanVerdicts, row_.case_type); }
  AnswerRow& row() { return row_; }

 private:
  enum class Field { kOther, kId, kCaseType, kBenchmark, kGold, kResponse, kOptions };

  bool TakeNull() {
    switch (field_) {
      case Field::kCaseType:
        row_.case_type.clear();
        return true;
      case Field::kBenchmark:
        row_.benchmark.clear();
        return true;
      case Field::kOptions:
        row_.options.clear();
        return true;
      case Field::kResponse:
        row_.response.clear(), row_.has_response = false, has_response_ = true;
        return true;
      default:
        return field_ == Field::kOther;
    }
  }
  // Of no field of ours, nor an option.
  bool Other() const { return depth_ == 0 ? false : field_ == Field::kOther; }
  bool Open() {
    if (depth_ > 0 && field_ != Field::kOther) return false;
    return ++depth_, true;
  }

  AnswerRow row_;
  Field field_ = Field::kOther;
  int depth_ = 0;
  bool has_id_ = false, has_gold_ = false, has_response_ = false;
};

void AppendString(std::string& line, std::string_view text) {
  line += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        line += "\\\"";
        break;
      case '\\':
        line += "\\\\";
        break;
      case '\b':
        line += "\\b";
        break;
      case '\f':
        line += "\\f";
        break;
      case '\n':
        line += "\\n";
        break;
      case '\r':
        line += "\\r";
        break;
      case '\t':
        line += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) line += fmt::format("\\u{:04x}", static_cast<int>(c));
        else line += c;
    }
  }
  line += '"';
}

}  // namespace

std::optional<AnswerRow> ReadAnswerLine(std::string_view line) {
  RowHandler handler;
  if (!Json::sax_parse(line.begin(), line.end(), &handler) || !handler.is_answer()) return std::nullopt;
  return std::move(handler.row());
}

std::string VerdictLine(const AnswerRow& row, const Score& score, bool has_verdict) {
  std::string line = "{\"id\":";
  AppendString(line, row.id);
  line += ",\"state\":";
  AppendString(line, ScoreStateName(score.state));
  line += ",\"correct\":";
  line += !has_verdict ? "null" : score.state == ScoreState::kCorrect ? "true" : "false";
  line += ",\"prediction\":";
  AppendString(line, score.prediction);
  line += ",\"rule\":";
  AppendString(line, score.rule);
  line += '}';
  return IsValidUtf8(line) ? line : RepairUtf8(line);
}

}  // namespace lingshu

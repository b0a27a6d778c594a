// Replies in many costumes (tests/golden/replies): letters, texts, declarations, hedges, denials, refusals, echoes, cut-off thoughts, in English and
// Chinese, each put over several sets of options. Written for these tests; no model said them.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"
#include "score/score_rows.h"

namespace lingshu {
namespace {

const fs::path kFolder = "tests/golden/replies";

std::string Upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return text;
}

// ⟦C⟧ the letter that is meant, ⟦O⟧ another, ⟦CT⟧ and ⟦OT⟧ their texts, ⟦F⟧ full width, ⟦ALL⟧ the whole list.
std::string Fill(std::string text, const std::vector<std::string>& options, size_t c, size_t o) {
  std::vector<std::string> items, letters;
  for (size_t i = 0; i < options.size(); ++i) {
    letters.emplace_back(1, static_cast<char>('A' + i));
    items.push_back(letters[i] + ". " + options[i]);
  }
  const std::string full_width = {'\xEF', '\xBC', static_cast<char>(0xA1 + c)};  // U+FF21 and on
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, std::string>>{
           {"ALLNL", JoinStrings(items, "\n")}, {"ALLL", JoinStrings(letters, ", ")}, {"ALL", JoinStrings(items, " ")}, {"CTU", Upper(options[c])}, {"CTL", LowerAscii(options[c])},
           {"CT", options[c]}, {"OT", options[o]}, {"C", letters[c]}, {"c", LowerAscii(letters[c])}, {"O", letters[o]}, {"F", full_width}})
    text = ReplaceAll(std::move(text), fmt::format("⟦{}⟧", name), value);
  return text;
}

TEST(ReplyVariantsTest, ChoicesAreReadAsAPersonReadsThem) {
  const std::vector<std::vector<std::string>> sets = {{"Radial nerve", "Median nerve", "Axillary nerve", "Ulnar nerve"},
                                                      {"A hyperechoic mass", "A cystic lesion", "A calcification", "A vascular structure"},
                                                      {"CT scan", "MR imaging", "Ultrasound", "X-ray"},
                                                      {"肝脏", "肺", "皮肤", "大脑"},
                                                      {"吸收不良", "慢性失血", "摄入不足", "需求增加"},
                                                      {"Aortic stenosis", "Aortic regurgitation", "Mitral stenosis", "Mitral regurgitation", "Tricuspid stenosis",
                                                       "Tricuspid regurgitation", "Pulmonary stenosis", "Ventricular septal defect", "Atrial septal defect", "Patent ductus arteriosus"}};
  int64_t n = 0;
  ForEachLine(kFolder / "choice.jsonl", [&](std::string_view line, int64_t) {
    const Json test = ParseJson(line, "choice.jsonl");
    const bool is_answer = test["is_answer"];
    for (const std::vector<std::string>& options : sets) {
      for (size_t c = 0; c < options.size(); c += 3) {
        const std::string reply = Fill(test["reply"], options, c, (c + 1) % options.size());
        const Score score = ScoreAnswerRow({.id = "r", .case_type = "mcq", .options = options, .gold = std::string(1, static_cast<char>('A' + c)), .response = reply}, ScoreProfile::kStrict);
        EXPECT_EQ(score.state, is_answer ? ScoreState::kCorrect : ScoreState::kUnparsed) << reply << " over " << options[0] << ": " << score.prediction << " by " << score.rule;
        ++n;
      }
    }
  });
  EXPECT_GT(n, 8000);
}

TEST(ReplyVariantsTest, PolarityIsReadAsAPersonReadsIt) {
  int64_t n = 0;
  ForEachLine(kFolder / "polarity.jsonl", [&](std::string_view line, int64_t) {
    const Json test = ParseJson(line, "polarity.jsonl");
    for (const auto& [type, gold] : std::initializer_list<std::pair<const char*, const char*>>{{"vqa_closed_yesno", "yes"}, {"slake_closed", "No"}, {"slake_closed", "是"}}) {
      const Score score = ScoreAnswerRow({.id = "r", .case_type = type, .gold = gold, .response = test["reply"]}, ScoreProfile::kStrict);
      EXPECT_EQ(score.prediction, test["means"]) << test["reply"] << " by " << score.rule;
      ++n;
    }
  });
  EXPECT_GT(n, 600);
}

TEST(ReplyVariantsTest, PhrasesAreComparedAsAPersonComparesThem) {
  int64_t n = 0;
  ForEachLine(kFolder / "phrases.jsonl", [&](std::string_view line, int64_t) {
    const Json test = ParseJson(line, "phrases.jsonl");
    const Score score = ScoreAnswerRow({.id = "r", .case_type = test["case_type"], .gold = test["gold"], .response = test["reply"]}, ScoreProfile::kStrict);
    EXPECT_EQ(score.state == ScoreState::kCorrect, test["is_correct"].get<bool>()) << test.dump() << " by " << score.rule;
    ++n;
  });
  EXPECT_GT(n, 190);
}

}  // namespace
}  // namespace lingshu

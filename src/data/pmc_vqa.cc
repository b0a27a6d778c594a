// PMC-VQA (Zhang et al. 2023, https://arxiv.org/abs/2305.10415), multiple choice on figures of PubMed Central, made from
// their captions (RadGenome/PMC-VQA):
//   pmc_vqa/test_2.csv       index,Figure_path,Caption,Question,Choice A,Choice B,Choice C,Choice D,Answer,split     33,430 rows
//   pmc_vqa/test_clean.csv   Figure_path,Question,Answer,Choice A,…,Choice D,Answer_label     2,000 that people have checked
//   pmc_vqa/{figures,images}/PMC1_1.jpg, or inside images_2.zip or images.zip
// Cells look like " A:A hyperechoic mass "; "Answer" is a letter in the one file and a text in the other.
#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "data/exam_table.h"
#include "data/reading.h"

namespace lingshu {
namespace {

constexpr const char* kName = "pmc_vqa";

std::string FileOf(const std::string& split) {
  if (split == "test_clean") return "test_clean.csv";
  return (split == "train" ? std::string("train_2") : std::string("test_2")) + ".csv";
}

ExamQuestion Question(const PlacedRow& row, const std::string& id, const std::filesystem::path& folder) {
  const Json& cells = row.cells;
  ExamQuestion exam{.question = TextCell(cells, "Question", id)};
  std::vector<std::string> published;
  for (const char letter : {'A', 'B', 'C', 'D'}) {
    const std::string raw = StringAt(cells, fmt::format("Choice {}", letter), id);
    published.push_back(raw);
    std::string_view text = TrimAscii(raw);
    if (text.starts_with(fmt::format("{}:", letter))) text.remove_prefix(2);
    exam.options.emplace_back(TrimAscii(text));
  }
  const std::string answer = TextCellOr(cells, "Answer_label", id).empty() ? TextCell(cells, "Answer", id) : TextCell(cells, "Answer_label", id);
  exam.answer = answer.size() == 1 ? answer : LetterOfText(exam.options, answer, id);
  const std::string figure = TextCell(cells, "Figure_path", id);
  exam.images = {FindImage(folder, {"figures", "images", "images_2.zip", "images.zip"}, figure)};
  exam.meta = {{"options_as_published", JoinStrings(published, "\n")}};
  return exam;
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const std::filesystem::path folder = OpenSource(kName, options);
  EmitExams({.source = kName,
             .files = FindTables(folder, {FileOf(options.split)}),
             .read = [&](const PlacedRow& row, const std::string& id) { return Question(row, id, folder); }},
            options, sink, skip);
}

const Register<Source> kPmcVqa({.name = kName,
                                .help = "PMC-VQA: multiple choice on figures of PubMed Central",
                                .reference = "Zhang et al. 2023, https://arxiv.org/abs/2305.10415",
                                .splits = {"train", "test", "test_clean"},
                                .folder = "pmc_vqa",
                                .read = &Read});

}  // namespace
}  // namespace lingshu

// MedXpertQA (Zuo et al. 2025, https://arxiv.org/abs/2501.18362), specialist board questions: 2,000 with images and five
// options (MM), 2,450 of text with ten (Text). Two forms of one row:
//   med_xpert_qa/{MM,Text}/test.jsonl (TsinghuaC3I/MedXpertQA), data as {"options": {"A": "…"}, "label": "C", "images": ["MM-26-a.jpeg"]}
//   medxpertqa/medxpertqa_{mm,text}_input.jsonl, data as {"options": [{"letter": "A", "content": "…"}], "label": ["A"],
//     "images": [{"image_path": "MM-0-a.jpeg"}]}
//   both with {"id", "question", "medical_task", "body_system", "question_type"}; pictures in images/ or images.zip.
// The question repeats the options after "Answer Choices:"; they are cut off, since they are asked as options.
#include <fmt/format.h>

#include "base/error.h"
#include "data/exam_table.h"
#include "data/reading.h"

namespace lingshu {
namespace {

std::string WithoutChoices(const std::string& question) { return question.substr(0, question.rfind("\nAnswer Choices:")); }

ExamQuestion Question(const PlacedRow& row, const std::string& id, const std::filesystem::path& folder) {
  const Json& cells = row.cells;
  const Json& label = At(cells, "label", id);
  ExamQuestion exam{.question = WithoutChoices(TextCell(cells, "question", id)),
                    .options = OptionsOf(At(cells, "options", id), id),
                    .answer = label.is_array() && label.size() == 1 && label[0].is_string() ? label[0].get<std::string>() : TextCell(cells, "label", id),
                    .meta = {{"medical_task", TextCellOr(cells, "medical_task", id)},
                             {"organ", TextCellOr(cells, "body_system", id)},
                             {"question_type", TextCellOr(cells, "question_type", id)}}};
  if (const auto it = cells.find("images"); it != cells.end() && it->is_array())
    for (const Json& image : *it)
      exam.images.push_back(FindImage(folder, {"images", "images.zip"}, image.is_string() ? image.get<std::string>() : StringAt(image, "image_path", id)));
  return exam;
}

// `patterns` name the authors' own files of the test split, the whole one first.
Source MedXpertQa(const std::string& name, const std::string& config, const std::vector<std::string>& patterns, const std::string& help) {
  return {.name = name,
          .help = help,
          .reference = "Zuo et al. 2025, https://arxiv.org/abs/2501.18362",
          .splits = {"validation", "test"},
          .folder = "med_xpert_qa",
          .read = [name, config, patterns](const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
            const std::filesystem::path folder = OpenSource(name, options);
            std::vector<std::string> files = {config + (options.split == "validation" ? "/dev" : "/test") + ".jsonl"};
            if (options.split == "test") files.insert(files.end(), patterns.begin(), patterns.end());
            EmitExams({.source = name,
                       .files = FindTables(folder, files),
                       .read = [&](const PlacedRow& row, const std::string& id) { return Question(row, id, folder); },
                       .key = [](const PlacedRow& row) { return StringAt(row.cells, "id", row.file.string()); }},
                      options, sink, skip);
          }};
}

const Register<Source> kMultimodal(MedXpertQa("med_xpert_qa_mm", "MM", {"medxpertqa_mm_input.jsonl"}, "MedXpertQA: specialist questions on images, five options"));
const Register<Source> kText(MedXpertQa("med_xpert_qa_text", "Text", {"medxpertqa_text_input.jsonl", "medxpertqa_sampled_text_input.jsonl"},
                                        "MedXpertQA: specialist questions of text, ten options"));

}  // namespace
}  // namespace lingshu

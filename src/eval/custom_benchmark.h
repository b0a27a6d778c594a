// A user's own benchmark: a YAML file that says which columns of a JSONL, JSON, CSV or Parquet file are what. No code.
//   name: chest_findings                # how reports call it
//   file: questions.csv                 # relative to the YAML file; '*' for several
//   images: [pictures, pictures.zip]    # where pictures are looked for, relative too
//   columns: {question: text, answer: gold, options: [a, b, c, d], images: [file], group: patient, breakdown: [organ]}
//   answer_is: text                     # letter, text, index0 or index1
// docs/benchmarks.md has every key.
#pragma once

#include <string>
#include <vector>

#include "base/config.h"
#include "data/sample.h"

namespace lingshu {

// How a gold answer names an option: by letter, by its text, or by its number from 0 or 1.
enum class AnswerForm { kLetter, kText, kIndex0, kIndex1 };
inline std::vector<std::string> EnumNames(AnswerForm*) { return {"letter", "text", "index0", "index1"}; }

struct CustomColumns {
  std::string id, question = "question", answer = "answer", context, group, modality, language;
  std::vector<std::string> options, images, breakdown;

  template <typename V>
  void Visit(V& v) {
    v("id", id, "stable id of a row; its number where empty");
    v("question", question, "the question");
    v("answer", answer, "the gold answer");
    v("options", options, "one column each, or a single column that holds them all");
    v("images", images, "names of pictures or pictures themselves; empty cells are passed over");
    v("context", context, "a passage before the question");
    v("group", group, "what rows share that belong together (patient, image): intervals are clustered by it");
    v("modality", modality, "modality of the pictures");
    v("language", language, "en or zh, by row");
    v("breakdown", breakdown, "columns whose values get cells of their own");
  }
};

struct CustomConfig {
  std::string name, help, paper, note;
  std::string file;
  std::vector<std::string> images = {"images", "images.zip", "."};
  CustomColumns columns;
  AnswerForm answer_is = AnswerForm::kLetter;
  AnswerType answer_type = AnswerType::kOpen;
  std::string language = "en";
  int64_t expected_count = 0;
  bool credentialed = false;

  template <typename V>
  void Visit(V& v) {
    v("name", name, "snake_case, not that of another benchmark");
    v("help", help, "one line");
    v("paper", paper, "where it comes from");
    v("note", note, "what a reader of the score must know");
    v("file", file, "JSONL, JSON, CSV or Parquet, relative to this file; '*' for several");
    v("images", images, "folders and zip files in which pictures are looked for");
    v("columns", columns);
    v("answer_is", answer_is, "with options: letter, text, index0 or index1");
    v("answer_type", answer_type, "without options: yes_no, closed or open");
    v("language", language, "en or zh");
    v("expected_count", expected_count, "questions of the whole set; 0 when unknown", AtLeast(0));
    v("credentialed", credentialed, "under a data use agreement: not sent to a remote server unless told");
  }
};

// Reads the file and registers a source and a benchmark of its name, which it returns. Not safe beside readers of the
// registries. Throws Error(kUsage) for an unknown key, a name that is taken, or a column that the first row lacks (with
// those that it has), Error(kNotFound) when the file is absent.
std::string RegisterCustomBenchmark(const std::string& yaml);

}  // namespace lingshu

// Exam questions: what the multiple-choice text sets have in common, whatever their files look like.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "data/sample.h"

namespace lingshu {

struct ExamQuestion {
  std::string question;
  std::vector<std::string> options;  // texts without letters
  std::string answer;                // one letter, or several in a row: "ABD"
  std::string language = "en";
  std::string reasoning;  // the set's own explanation, or ""
  std::map<std::string, std::string> meta;
  std::vector<ImageRef> images = {};
  std::string modality = "";
  std::string context = "";
};

// "<source>:<split>:<key>" as a sample of kind text_qa, or vqa when it has images, whose first is then its group. Throws
// Error(kCorrupt) unless there are 2 to 26 options, none empty, and the answer is letters of theirs.
Sample ExamSample(const std::string& source, const std::string& split, const std::string& key, ExamQuestion exam);

// Options as a list of texts; from {"A": "…", "B": "…"}, from [{"key": "A", "value": "…"}] (also letter and content), from a
// list of texts, or from one text whose lines begin with their letters. Letters must be A, B, C … in order.
// Throws Error(kCorrupt) naming `where`.
std::vector<std::string> OptionsOf(const Json& cell, const std::string& where);

// The letter of the option that has this text, blanks and case aside; of equals the first. Throws Error(kCorrupt) when
// none has.
std::string LetterOfText(const std::vector<std::string>& options, const std::string& text, const std::string& where);

}  // namespace lingshu

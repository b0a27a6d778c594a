// Image sets with labels instead of questions: one helper turns each picture's labels into template questions, with the
// data set's own labels as distractors (Xu et al. 2025, arXiv 2506.07044, §3.2 "template" and Table 3: imaging sets as
// seeds).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "data/reading.h"
#include "data/source.h"

namespace lingshu {

// A question on one label. With labels it is multiple choice among them, without it is asked as answer_type says.
struct LabelQuestion {
  std::string type;                   // meta["question_type"]: "modality", "presence", "finding", "count" …
  std::vector<std::string> wordings;  // one is drawn by the sample's id
  std::string right;
  std::vector<std::string> labels;
  AnswerType answer_type = AnswerType::kOpen;
};

struct LabelledImage {
  std::string file;                      // below the source's folder
  std::string group;                     // a patient, or all versions of one picture; never divided between splits
  std::string split;                     // "" draws it from the group: one group in five is "test"
  std::vector<LabelQuestion> questions;  // the question on the modality is added to these
  std::map<std::string, std::string> meta;
};

struct LabelledSet {
  std::string source;
  std::string modality;  // one of kModalities
  std::string organ;     // meta["organ"]; "" when it varies
};

// Passes on the questions of the images that belong to the split: ids "<source>:<split>:<file>-<question type>".
void EmitLabelledImages(const LabelledSet& set, const std::vector<LabelledImage>& images,
                        const std::filesystem::path& folder, const SourceOptions& options, const SampleSink& sink,
                        const SkipSink& skip);

// The questions that a label allows: which finding it is, among `findings`, and whether there is one. "" is normal.
std::vector<LabelQuestion> FindingQuestions(const std::string& finding, const std::vector<std::string>& findings,
                                            const std::string& what);

// A source whose classes are folders of pictures.
struct ClassFolders {
  LabelledSet set;
  std::string help, reference;
  std::string folder;                           // of the source
  std::map<std::string, std::string> findings;  // class folder -> finding; "" for normal or for "not said"
  std::string what;  // "tumor": Which {what} does the image show?; "" asks nothing of findings
  std::string (*group_of)(const std::string& stem) = nullptr;  // absent: every file is a group
  std::map<std::string, std::string> splits = {};              // class folder -> official split
};
Source ClassFolderSource(const ClassFolders& classes);

}  // namespace lingshu

// Sample: the curated record. One question or instruction with its images, its gold answer and its provenance.
// Multi-turn conversations are read as one Sample per answer that share images and group.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"

namespace lingshu {

// What a sample asks for; chooses prompt form, loss and score.
enum class SampleKind { kCaption, kReport, kVqa, kTextQa, kReasoning, kOcr };
std::vector<std::string> EnumNames(SampleKind*);  // caption report vqa text_qa reasoning ocr

// How its answer is checked: one of the options by letter, yes/no, a short closed phrase, or free text.
enum class AnswerType { kMultipleChoice, kYesNo, kClosed, kOpen };
std::vector<std::string> EnumNames(AnswerType*);  // multiple_choice yes_no closed open

// An image of a sample: a file as the source has it, or a blob of our store ("blob:<sha256>").
struct ImageRef {
  std::string path;    // of a file, absolute or below the folder given to LoadImage; "blob:<64 hex>" after curation
  std::string sha256;  // of the encoded bytes; "" before curation
};

// Example (one line of a shard, shortened):
//   {"id": "vqa_rad:train:00017", "source": "vqa_rad", "split": "train", "kind": "vqa", "answer_type": "yes_no",
//    "modality": "CT", "images": [{"path": "blob:9f…"}], "question": "is there a hemorrhage?", "answer": "yes",
//    "group": "synpic42182", "meta": {"organ": "HEAD", "question_type": "PRES"}}
struct Sample {
  std::string id;      // stable, unique: "<source>:<split>:<key>"; follows the row into every log, error and score
  std::string source;  // a registered Source's name
  std::string split;   // "train", "validation", "test"
  SampleKind kind = SampleKind::kVqa;
  AnswerType answer_type = AnswerType::kOpen;
  std::string modality;  // one of kModalities or ""
  std::string language = "en";
  std::vector<ImageRef> images;
  std::string context;  // passage that precedes the question (PubMedQA), or ""
  std::string question;
  std::vector<std::string> options;  // texts without letters; letter i is 'A' + i
  std::string answer;                // gold: the letter for multiple choice, else the text
  std::string reasoning;             // chain that leads to the answer, or ""
  std::string group;                 // cluster for intervals and for sharing: image, patient or report id
  std::map<std::string, std::string>
      meta;  // organ, plane, question_type, finding, side, count … as the source names them
};

Json SampleToJson(const Sample& sample);
// Throws Error(kCorrupt) naming `where` and the field.
Sample SampleFromJson(const Json& json, const std::string& where);

}  // namespace lingshu

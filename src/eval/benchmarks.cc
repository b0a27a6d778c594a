// The benchmarks: one value each.
#include "eval/benchmark.h"

#include <fmt/format.h>

namespace lingshu {
namespace {

const Register<Benchmark> kVqaRad({.name = "vqa_rad",
                                   .help = "clinicians' questions on head, chest and abdomen images",
                                   .paper = "Lau et al. 2018, https://doi.org/10.1038/sdata.2018.251",
                                   .source = "vqa_rad",
                                   .published_count = 451,
                                   .note = "The published split is by question: test images also occur in training, and the score says how a model does on images "
                                           "that it may have seen.",
                                   .breakdown = {"image_in_train", "organ"}});

const Register<Benchmark> kPathVqa({.name = "path_vqa",
                                    .help = "questions on pathology images of textbooks",
                                    .paper = "He et al. 2020, https://arxiv.org/abs/2003.10286",
                                    .source = "path_vqa",
                                    .published_count = 6719,
                                    .note = "Questions were generated from captions by rules."});

const Register<Benchmark> kMedQa({.name = "med_qa",
                                  .help = "questions of the US medical licensing examination, four options, no image",
                                  .paper = "Jin et al. 2021, https://arxiv.org/abs/2009.13081",
                                  .source = "med_qa",
                                  .published_count = 1273});

const Register<Benchmark> kPubMedQa({.name = "pubmed_qa",
                                     .help = "research questions answered by an abstract with yes, no or maybe, no image",
                                     .paper = "Jin et al. 2019, https://arxiv.org/abs/1909.06146",
                                     .source = "pubmed_qa",
                                     .published_count = 500});

const Register<Benchmark> kPhantom({.name = "phantom",
                                    .help = "drawn images of twelve modalities whose truth is known exactly, held out by seed",
                                    .paper = "this project",
                                    .source = "phantom",
                                    .note = "Images are drawn, not acquired: the score says whether the system learns, not how it does on patients.",
                                    .kinds = {SampleKind::kVqa},
                                    .breakdown = {"question_type"}});

const char* FormOf(AnswerType type) {
  switch (type) {
    case AnswerType::kMultipleChoice: return "multiple choice";
    case AnswerType::kYesNo:
    case AnswerType::kClosed: return "closed";
    case AnswerType::kOpen: return "open";
  }
  return "open";
}

}  // namespace

std::vector<std::string> CellsOf(const Benchmark& benchmark, const Sample& sample) {
  std::vector<std::string> cells = {"all", FormOf(sample.answer_type)};
  if (sample.answer_type == AnswerType::kYesNo) cells.emplace_back("closed, yes/no");
  if (!sample.modality.empty()) cells.push_back(fmt::format("modality: {}", sample.modality));
  for (const std::string& key : benchmark.breakdown)
    if (const auto it = sample.meta.find(key); it != sample.meta.end() && !it->second.empty()) cells.push_back(fmt::format("{}: {}", key, it->second));
  return cells;
}

}  // namespace lingshu

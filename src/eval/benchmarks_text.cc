// The benchmarks of text, one value each.
#include "eval/benchmark.h"

namespace lingshu {
namespace {

using Options = MedEvalKitForm::Options;

Benchmark Mmlu(const std::string& name, const std::string& help, int64_t count, const std::string& kit_name, const std::string& train_split, const std::string& note) {
  return {.name = name,
          .help = help,
          .paper = "Hendrycks et al. 2021, https://arxiv.org/abs/2009.03300",
          .source = name,
          .train_split = train_split,
          .published_count = count,
          .note = note,
          .breakdown = {"subject"},
          .medevalkit_name = kit_name,
          .form = {.options = Options::kTight}};
}
const Register<Benchmark> kMmlu(Mmlu("mmlu_med", "nine medical and biological subjects of MMLU", 1871, "MMLU-medical", "validation",
                                     "The subjects of MedEvalKit; the paper of Lingshu says 1,897, the published files of these nine hold 1,871."));
const Register<Benchmark> kMmlu6(Mmlu("mmlu_med6", "six medical subjects of MMLU, as in MIRAGE", 1089, "", "", ""));

const Register<Benchmark> kPubMedQa({.name = "pubmed_qa",
                                     .help = "research questions answered by an abstract with yes, no or maybe, no image",
                                     .paper = "Jin et al. 2019, https://arxiv.org/abs/1909.06146",
                                     .source = "pubmed_qa",
                                     .published_count = 500,
                                     .medevalkit_name = "PubMedQA",
                                     .form = {.options = Options::kTight}});

const Register<Benchmark> kMedMcqa({.name = "med_mcqa",
                                    .help = "questions of Indian medical entrance examinations, no image",
                                    .paper = "Pal et al. 2022, https://arxiv.org/abs/2203.14371",
                                    .source = "med_mcqa",
                                    .split = "validation",
                                    .published_count = 4183,
                                    .breakdown = {"subject"},
                                    .medevalkit_name = "MedMCQA"});

const Register<Benchmark> kMedQa({.name = "med_qa",
                                  .help = "questions of the US medical licensing examination, four options, no image",
                                  .paper = "Jin et al. 2021, https://arxiv.org/abs/2009.13081",
                                  .source = "med_qa",
                                  .published_count = 1273,
                                  .breakdown = {"part"},
                                  .medevalkit_name = "MedQA_USMLE"});

Benchmark MedBullets(const std::string& name, const std::string& count, const std::string& kit_name) {
  return {.name = name,
          .help = "USMLE-like questions, " + count + " options, no image",
          .paper = "Chen et al. 2024, https://arxiv.org/abs/2402.18060",
          .source = name,
          .train_split = "",
          .published_count = 308,
          .medevalkit_name = kit_name,
          .form = {.options = Options::kTight}};
}
const Register<Benchmark> kMedBullets4(MedBullets("med_bullets_op4", "four", "Medbullets_op4"));
const Register<Benchmark> kMedBullets5(MedBullets("med_bullets_op5", "five", "Medbullets_op5"));

const Register<Benchmark> kMedXpertQaText({.name = "med_xpert_qa_text",
                                           .help = "specialist questions of text, ten options",
                                           .paper = "Zuo et al. 2025, https://arxiv.org/abs/2501.18362",
                                           .source = "med_xpert_qa_text",
                                           .train_split = "validation",
                                           .published_count = 2450,
                                           .breakdown = {"question_type", "medical_task", "organ"},
                                           .medevalkit_name = "MedXpertQA-Text"});

const Register<Benchmark> kSuperGpqa({.name = "super_gpqa_med",
                                      .help = "graduate questions of medicine, up to ten options, no image",
                                      .paper = "Du et al. 2025, https://arxiv.org/abs/2502.14739",
                                      .source = "super_gpqa_med",
                                      .train_split = "",
                                      .published_count = 2755,
                                      .breakdown = {"field", "difficulty"},
                                      .medevalkit_name = "SuperGPQA",
                                      .form = {.options = Options::kTight}});

Benchmark HealthBench(const std::string& name, const std::string& split, int64_t count) {
  return {.name = name,
          .help = "conversations with rubrics by physicians; needs a judge",
          .paper = "Arora et al. 2025, https://arxiv.org/abs/2505.08775",
          .source = "health_bench",
          .split = split,
          .train_split = "",
          .published_count = count,
          .note = "Normal, hard and consensus are three scores; MedEvalKit pools them.",
          .breakdown = {"theme"},
          .medevalkit_name = split == "test" ? "HealthBench" : ""};
}
const Register<Benchmark> kHealthBench(HealthBench("health_bench", "test", 5000));
const Register<Benchmark> kHealthBenchHard(HealthBench("health_bench_hard", "hard", 1000));
const Register<Benchmark> kHealthBenchConsensus(HealthBench("health_bench_consensus", "consensus", 3671));

const Register<Benchmark> kCmb({.name = "cmb",
                                .help = "questions of Chinese medical examinations, also with several answers",
                                .paper = "Wang et al. 2023, https://arxiv.org/abs/2308.08833",
                                .source = "cmb",
                                .train_split = "validation",
                                .published_count = 11200,
                                .note = "MedEvalKit asks the questions with one answer alone.",
                                .breakdown = {"exam_type", "question_type"},
                                .medevalkit_name = "CMB",
                                .form = {.options = Options::kTight}});

Benchmark CmExam(const std::string& name, const std::string& split) {
  return {.name = name,
          .help = "the Chinese medical licensing examination, " + split + " part",
          .paper = "Liu et al. 2023, https://arxiv.org/abs/2306.03030",
          .source = "cm_exam",
          .split = split,
          .train_split = split == "test" ? "train" : "",
          .published_count = 6811,
          .breakdown = {"question_type"},
          .medevalkit_name = split == "test" ? "CMExam" : "",
          .form = {.options = Options::kTight}};
}
const Register<Benchmark> kCmExam(CmExam("cm_exam", "test"));
const Register<Benchmark> kCmExamVal(CmExam("cm_exam_val", "validation"));

const Register<Benchmark> kCmmlu({.name = "cmmlu_med",
                                  .help = "seven medical subjects of CMMLU, Chinese",
                                  .paper = "Li et al. 2023, https://arxiv.org/abs/2306.09212",
                                  .source = "cmmlu_med",
                                  .train_split = "validation",
                                  .published_count = 1333,
                                  .breakdown = {"subject"},
                                  .medevalkit_name = "CMMLU",
                                  .form = {.options = Options::kTight}});

Benchmark Mcmle(const std::string& name, int64_t count, const std::string& kit_name, const std::string& note) {
  return {.name = name,
          .help = "questions of the Chinese medical licensing examination (MedQA)",
          .paper = "Jin et al. 2021, https://arxiv.org/abs/2009.13081",
          .source = name,
          .train_split = "",
          .published_count = count,
          .note = note,
          .medevalkit_name = kit_name,
          .form = {.options = Options::kBare}};
}
const Register<Benchmark> kMcmle(Mcmle("med_qa_mcmle", 3426, "MedQA_MCMLE", ""));
const Register<Benchmark> kMmedMcmle(Mcmle("mcmle", 685, "", "The part that MMedBench translated and explained."));

}  // namespace
}  // namespace lingshu

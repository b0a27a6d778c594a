#include "eval/reference_verdict.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/strings.h"
#include "score/score_rows.h"

namespace lingshu {
namespace {

// How the reference names a set (some loaders take the content of <answer> first) and how it writes an option.
struct ReferenceForm {
  std::string_view benchmark, kit, between;  // between letter and text; "-" for the text alone
};

constexpr std::array<ReferenceForm, 20> kForms = {{{"pubmed_qa", "PubMedQA", "."},
                                                   {"pmc_vqa", "PMC_VQA", ":"},
                                                   {"pmc_vqa_clean", "PMC_VQA", ":"},
                                                   {"med_frame_qa", "MedFrameQA", "."},
                                                   {"rad_restruct", "Radrestruct", "-"},
                                                   {"med_bullets", "Medbullets_op4", "."},
                                                   {"med_bullets_op4", "Medbullets_op4", "."},
                                                   {"med_bullets_op5", "Medbullets_op5", "."},
                                                   {"super_gpqa_med", "SuperGPQA", "."},
                                                   {"cmb", "CMB", "."},
                                                   {"cm_exam", "CMExam", "."},
                                                   {"cmmlu_med", "CMMLU", "."},
                                                   {"med_qa_mcmle", "MedQA_MCMLE", "-"},
                                                   {"mmlu_med", "MMLU-medical", "."},
                                                   {"vqa_rad", "VQA_RAD", ". "},
                                                   {"path_vqa", "PATH_VQA", ". "},
                                                   {"slake", "SLAKE", ". "},
                                                   {"slake_en", "SLAKE", ". "},
                                                   {"slake_zh", "SLAKE", ". "},
                                                   {"med_qa", "MedQA_USMLE", ". "}}};

ReferenceForm FormOf(const std::string& benchmark) {
  const auto it = std::find_if(kForms.begin(), kForms.end(), [&](const ReferenceForm& form) { return form.benchmark == benchmark; });
  return it == kForms.end() ? ReferenceForm{benchmark, "", ". "} : *it;
}

std::string MetaOr(const Sample& sample, const char* key, const std::string& fallback) {
  const auto it = sample.meta.find(key);
  return it == sample.meta.end() ? fallback : it->second;
}

// Which of its functions judges: VQA-RAD and PathVQA go by the gold answer, SLAKE by the set's own type, Rad-ReStruct by its single choices.
std::string CaseTypeOf(const ReferenceForm& form, const Sample& sample, const std::string& gold) {
  const bool is_mmmu = form.benchmark.starts_with("mmmu");
  if (is_mmmu) return sample.options.empty() ? "mmmu_open" : "mmmu_mcq";
  if (!sample.options.empty()) return "mcq";
  if (form.kit == "VQA_RAD") return LowerAscii(gold) == "yes" || LowerAscii(gold) == "no" ? "vqa_closed_yesno" : "vqa_open";
  if (form.kit == "PATH_VQA") return gold == "yes" || gold == "no" ? "vqa_closed_yesno" : "vqa_open";
  if (form.kit == "SLAKE") return sample.answer_type == AnswerType::kOpen ? "vqa_open" : "slake_closed";
  if (form.kit == "Radrestruct") return "radrestruct_single_choice";
  return EnumNames(static_cast<AnswerType*>(nullptr))[static_cast<size_t>(sample.answer_type)];
}

}  // namespace

std::optional<Score> ScoreAsReference(const std::string& benchmark, const Sample& sample, const Answer& answer) {
  if (sample.kind == SampleKind::kReport || sample.kind == SampleKind::kCaption || sample.meta.contains("rubrics")) return std::nullopt;
  const ReferenceForm form = FormOf(benchmark);
  const std::string gold = MetaOr(sample, "answer_as_published", sample.answer);
  AnswerRow row{.id = sample.id, .case_type = CaseTypeOf(form, sample, gold), .benchmark = std::string(form.kit), .gold = gold, .response = answer.text,
                .has_response = answer.finish_reason != FinishReason::kError};
  if (row.case_type == "mmmu_mcq") row.options = sample.options;
  else
    for (size_t i = 0; i < sample.options.size(); ++i)
      row.options.push_back(form.between == "-" ? sample.options[i] : fmt::format("{}{}{}", static_cast<char>('A' + i), form.between, sample.options[i]));
  // Its loader of Rad-ReStruct keeps the text as the gold answer.
  if (form.kit == "Radrestruct" && !sample.options.empty() && gold.size() == 1 && gold[0] >= 'A' && static_cast<size_t>(gold[0] - 'A') < sample.options.size())
    row.gold = sample.options[static_cast<size_t>(gold[0] - 'A')];
  return ScoreAnswerRow(row, ScoreProfile::kMedevalkit);
}

}  // namespace lingshu

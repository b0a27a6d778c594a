// A row is written where its set's file would lie, in a folder of its own, and read from there: no second reading of any layout.
#include "eval/prompt_row.h"

#include <map>
#include <optional>

#include <fmt/format.h>

#include "ask/prompt.h"
#include "base/error.h"
#include "base/temporary_folder.h"
#include "data/source.h"
#include "eval/benchmark.h"

namespace lingshu {
namespace {

// Where a benchmark's rows lie, and what the source needs beside a row of the reference's cases.
struct Layout {
  std::string benchmark, file;
  Json extra = Json::object();
};

const Layout* LayoutOf(const std::string& kit_name) {
  static const std::map<std::string, Layout> kLayouts = {
      {"MedMCQA", {"med_mcqa", "med_mcqa/dev.json"}},
      {"MedQA_USMLE", {"med_qa", "med_qa/phrases_no_exclude_test.jsonl"}},
      {"PubMedQA", {"pubmed_qa", "pubmed_qa/test.jsonl"}},
      {"Medbullets_op4", {"med_bullets_op4", "med_bullets_op4/test.jsonl"}},
      {"Medbullets_op5", {"med_bullets_op5", "med_bullets_op5/test.jsonl"}},
      {"MedXpertQA", {"med_xpert_qa_text", "med_xpert_qa/Text/test.jsonl", {{"id", "Text-1"}}}},
      {"SuperGPQA", {"super_gpqa_med", "super_gpqa/SuperGPQA-all.jsonl", {{"uuid", "u"}, {"discipline", "Medicine"}}}},
      {"OmniMedVQA", {"omni_med_vqa", "omni_med_vqa/QA_information/Open-access/a.json", {{"image_path", "Images/a.png"}}}},
      {"MedFrameQA", {"med_frame_qa", "med_frame_qa/test.jsonl"}},
      {"CMB", {"cmb", "cmb/CMB-Exam/CMB-test/CMB-test-choice-question-merge.json", {{"id", 1}}}},
      {"CMExam", {"cm_exam", "cm_exam/test.jsonl"}},
      {"MedQA_MCMLE", {"med_qa_mcmle", "med_qa_mcmle/test.jsonl"}},
      {"VQA_RAD", {"vqa_rad", "vqa_rad/test.jsonl", {{"image", "a.png"}}}},
      {"PATH_VQA", {"path_vqa", "path_vqa/test.jsonl", {{"image", "a.png"}}}},
      {"SLAKE", {"slake", "slake/test.json", {{"img_name", "a/b.jpg"}, {"answer", "Lung"}}}},
      {"MMMU", {"mmmu_med", "mmmu/Pharmacy/validation.jsonl", {{"id", "validation_Pharmacy_1"}, {"answer", "A"}}}},
      {"MIMIC_CXR", {"mimic_cxr", "MIMIC_CXR/test.json", {{"findings", "f"}, {"impression", "i"}}}},
  };
  const auto it = kLayouts.find(kit_name);
  return it == kLayouts.end() ? nullptr : &it->second;
}

void WriteRow(const TemporaryFolder& folder, const std::string& file, const Json& row) {
  folder.Write(file, file.ends_with(".json") ? DumpJson(Json::array({row})) : DumpJson(row) + "\n");
}

// As a CSV cell.
std::string Quoted(const std::string& text) {
  std::string cell = "\"";
  for (const char c : text) cell += c == '"' ? "\"\"" : std::string(1, c);
  return cell + "\"";
}

std::string CellsOf(const std::vector<std::string>& texts) {
  std::string cells;
  for (const std::string& text : texts) cells += (cells.empty() ? "" : ",") + Quoted(text);
  return cells + "\n";
}

void WritePmcVqa(const TemporaryFolder& folder, const Json& raw, const std::string& where) {
  std::vector<std::string> cells;
  if (raw.is_array())
    for (const Json& cell : raw)
      if (cell.is_string()) cells.push_back(cell.get<std::string>());
  if (cells.size() != 10) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected ten strings in \"raw\" of PMC_VQA", where));
  folder.Write("pmc_vqa/test_2.csv", "index,Figure_path,Caption,Question,Choice A,Choice B,Choice C,Choice D,Answer,split\n" + CellsOf(cells));
}

void WriteCmmlu(const TemporaryFolder& folder, const Json& raw, const std::string& where) {
  const std::string task = StringAt(raw, "task", where);
  bool is_known = false;
  for (const char* subject :
       {"anatomy", "clinical_knowledge", "college_medicine", "genetics", "nutrition", "traditional_chinese_medicine", "virology"}) {
    std::string rows = ",Question,A,B,C,D,Answer\n";
    if (task == subject) {
      std::vector<std::string> cells = {"0"};
      for (const char* key : {"question", "A", "B", "C", "D", "answer"}) cells.push_back(StringAt(raw, key, where));
      rows += CellsOf(cells);
      is_known = true;
    }
    folder.Write(fmt::format("cmmlu/test/{}.csv", subject), rows);
  }
  if (!is_known) throw Error(ErrorCode::kCorrupt, fmt::format("{}: CMMLU has no medical \"task\" {}", where, task));
}

void WriteRadRestruct(const TemporaryFolder& folder, const Json& raw, const std::string& where) {
  const Json& options = At(raw, "options", where);
  if (!options.is_array() || options.empty())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected a list \"options\" that is not empty", where));
  const Json about = {{"answer_type", "single_choice"}, {"options", options}, {"path", "p"}};
  folder.Write("rad_restruct/test_qa_pairs/1.json",
               DumpJson(Json::array({Json::array({StringAt(raw, "question", where), Json::array({options[0]}), Json::array(), about})})));
}

// Puts the row into its set's file; returns the benchmark's name, "" where there is none.
std::string WriteSet(const TemporaryFolder& folder, const std::string& kit_name, const Json& raw, const std::string& where) {
  if (kit_name == "PMC_VQA") return WritePmcVqa(folder, raw, where), "pmc_vqa";
  if (kit_name == "CMMLU") return WriteCmmlu(folder, raw, where), "cmmlu_med";
  if (kit_name == "Radrestruct") return WriteRadRestruct(folder, raw, where), "rad_restruct";
  if (kit_name == "CheXpert_Plus/IU_XRAY" || kit_name == "IU_XRAY" || kit_name == "CheXpert_Plus") {
    WriteRow(folder, "IU_XRAY/test.json", {{"id", "a"}, {"image", {"1.png"}}, {"findings", "f"}, {"impression", "i"}});
    return "iu_xray";
  }
  const Layout* layout = LayoutOf(kit_name);
  if (layout == nullptr) return "";
  Json row = layout->extra;
  if (!raw.is_object()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected an object \"raw\", found {}", where, raw.type_name()));
  row.update(raw);
  row.update(layout->extra);  // the picture of a case is no file
  WriteRow(folder, layout->file, row);
  if (kit_name == "MMMU")
    for (const char* subject : {"Basic_Medical_Science", "Clinical_Medicine", "Diagnostics_and_Laboratory_Medicine", "Public_Health"})
      folder.Write(fmt::format("mmmu/{}/validation.jsonl", subject), "");
  return layout->benchmark;
}

}  // namespace

Json PromptOfRow(const Json& row, ScoreProfile profile, const std::string& where) {
  const std::string kit_name = StringAt(row, "benchmark", where);
  const TemporaryFolder folder;
  const std::string name = WriteSet(folder, kit_name, At(row, "raw", where), where);
  if (name.empty()) return {{"value", nullptr}, {"error", fmt::format("no benchmark \"{}\" is asked by its rows", kit_name)}};
  const Benchmark& benchmark = FindBenchmark(name);
  std::optional<Sample> sample;
  std::string broken;
  Registry<Source>::Get()
      .Find(benchmark.source, "source")
      .read(
          {.root = folder.path(), .split = benchmark.split}, [&](Sample read) { return sample = std::move(read), false; },
          [&](const std::string&, const std::string& reason) { broken = reason; });
  if (!sample) throw Error(ErrorCode::kCorrupt, fmt::format("{}: {}", where, broken.empty() ? "the row holds no question" : broken));
  const auto reasoning = row.find("reasoning");
  const bool is_reasoning = reasoning != row.end() && reasoning->is_boolean() && reasoning->get<bool>();
  if (profile == ScoreProfile::kMedevalkit) return {{"value", MedEvalKitPrompt(*sample, benchmark.form, is_reasoning)}};
  return {{"value", PromptText(*sample, is_reasoning ? PromptMode::kReasoning : PromptMode::kDirect)}};
}

}  // namespace lingshu

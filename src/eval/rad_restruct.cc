#include "eval/rad_restruct.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "data/reading.h"
#include "data/sample.h"
#include "data/source.h"
#include "eval/report.h"

namespace lingshu {
namespace {

Json ReadJsonFile(const fs::path& path) { return ParseJson(ReadFile(path, uint64_t{1} << 26), path.string()); }

// "lung_signs_opacity_yes_0" without "_0"; true in *had when there was one.
std::string WithoutInstance(const std::string& key, bool* had) {
  *had = key.size() > 2 && key[key.size() - 2] == '_' && key.back() >= '0' && key.back() <= '9';
  return *had ? key.substr(0, key.size() - 2) : key;
}

// The option at the end of a key: options hold no '_'.
std::string OptionOf(const std::string& key) { return key.substr(key.rfind('_') + 1); }
std::string PathOf(const std::string& key) { return key.substr(0, key.rfind('_')); }

// "lung_body_regions_degree" is "lung_body_regions_lung_degree" in the keys: an area is a region of its own.
std::string WithAreaAsRegion(const std::string& path) {
  const std::string topic = "_body_regions", area = path.substr(0, path.find('_'));
  const size_t at = path.find(topic);
  return at == std::string::npos ? "" : path.substr(0, at + topic.size()) + "_" + area + path.substr(at + topic.size());
}

}  // namespace

ReportVectors::ReportVectors(const std::filesystem::path& folder) {
  const Json keys = ReadJsonFile(folder / "report_keys.json"), ids = ReadJsonFile(folder / "vectorized_question_ids.json"),
             choices = ReadJsonFile(folder / "vectorized_choice_options.json");
  if (!keys.is_array() || !ids.is_array() || keys.size() != ids.size())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: report_keys.json and vectorized_question_ids.json differ in length.", folder.string()));
  num_keys_ = keys.size();
  for (size_t i = 0; i < keys.size(); ++i) {
    const size_t id = ids[i].get<size_t>();
    if (id > slots_.size()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: question ids that jump at {}.", folder.string(), i));
    if (id == slots_.size()) {
      slots_.emplace_back().begin = i;
      slots_.back().is_multi_choice = StringOr(choices, std::to_string(id), "") == "multi_choice";
    }
    Slot& slot = slots_.back();
    slot.keys.push_back(WithoutInstance(keys[i].get<std::string>(), &slot.has_instance));
    slot.options.push_back(OptionOf(slot.keys.back()));
    slot.is_yes_no = slot.options[0] == "yes";
  }
  SetParents();
}

// Slots come as area question, then each instance of each finding followed by its attributes.
void ReportVectors::SetParents() {
  int topic = -1, element = -1;
  for (size_t s = 0; s < slots_.size(); ++s) {
    Slot& slot = slots_[s];
    if (!slot.is_yes_no) {
      if (element < 0) throw Error(ErrorCode::kCorrupt, "an attribute that belongs to no finding: " + slot.keys[0]);
      slot.topic = topic;
      slot.element = element;
      continue;
    }
    if (!slot.has_instance) {
      topic = static_cast<int>(s);
      element = -1;
      continue;
    }
    if (PathOf(slot.keys[0]).ends_with("_infos")) topic = -1;  // an area that is its own finding
    slot.topic = topic;
    if (element >= 0 && slots_[static_cast<size_t>(element)].keys == slot.keys) slot.previous = element;
    element = static_cast<int>(s);
  }
}

size_t ReportVectors::FindSlot(const ReportAnswer& answer, size_t from) const {
  const std::string first = answer.options.empty() ? "" : answer.options[0];
  const std::string key = answer.path + "_" + first, as_region = WithAreaAsRegion(answer.path);
  for (size_t s = from; s < slots_.size(); ++s)
    if (slots_[s].keys[0] == key || (!as_region.empty() && slots_[s].keys[0] == as_region + "_" + first)) return s;
  return slots_.size();
}

std::vector<uint8_t> ReportVectors::VectorOf(const std::vector<ReportAnswer>& answers, const std::string& where) const {
  std::vector<uint8_t> vector(num_keys_, 0), is_asked(slots_.size(), 0);
  size_t from = 0;
  for (const ReportAnswer& answer : answers) {
    const size_t s = FindSlot(answer, from);
    if (s == slots_.size()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: no place in the report for {}.", where, answer.path));
    from = s + 1;
    is_asked[s] = 1;
    for (size_t i = 0; i < slots_[s].options.size(); ++i)
      if (std::find(answer.answers.begin(), answer.answers.end(), slots_[s].options[i]) != answer.answers.end()) vector[slots_[s].begin + i] = 1;
  }
  for (size_t s = 0; s < slots_.size(); ++s)
    if (!is_asked[s] && slots_[s].is_yes_no) vector[slots_[s].begin + 1] = 1;
  Clean(vector);
  return vector;
}

void ReportVectors::Clean(std::vector<uint8_t>& vector) const {
  for (size_t s = 0; s < slots_.size(); ++s) {
    const Slot& slot = slots_[s];
    uint8_t* values = vector.data() + slot.begin;
    const auto clear = [&] { std::fill_n(values, slot.options.size(), uint8_t{0}); };
    if (slot.is_yes_no) {
      const bool is_below_no = slot.topic >= 0 && Has(vector, slot.topic, 1), is_after_no = slot.previous >= 0 && Has(vector, slot.previous, 1);
      if (is_below_no || is_after_no) clear(), values[1] = 1;
      continue;
    }
    auto none = std::find(slot.options.begin(), slot.options.end(), "unspecified");
    if (none == slot.options.end()) none = std::find(slot.options.begin(), slot.options.end(), "no selection");
    if (slot.is_multi_choice && none != slot.options.end()) {
      const int chosen = std::count(values, values + slot.options.size(), uint8_t{1});
      if (chosen > 1) values[none - slot.options.begin()] = 0;
      if (chosen == 0) values[none - slot.options.begin()] = 1;
    }
    const bool is_topic_yes = slot.topic < 0 || Has(vector, slot.topic, 0);
    // An area that is its own finding empties its attributes only when it is denied; a finding also when it is not affirmed.
    const bool is_kept = slot.topic < 0 ? !Has(vector, slot.element, 1) : is_topic_yes && Has(vector, slot.element, 0);
    if (!is_kept) clear();
  }
}

namespace {

struct Counts {
  int64_t hit = 0, predicted = 0, target = 0;
  double Precision() const { return predicted == 0 ? 1 : static_cast<double>(hit) / static_cast<double>(predicted); }
  double Recall() const { return target == 0 ? 1 : static_cast<double>(hit) / static_cast<double>(target); }
  double F1() const { return predicted + target == 0 ? 1 : 2.0 * static_cast<double>(hit) / static_cast<double>(predicted + target); }
  void Add(const Counts& other) { hit += other.hit, predicted += other.predicted, target += other.target; }
};

struct Means {
  double precision = 0, recall = 0, f1 = 0, weight = 0;
  void Add(const Counts& counts, double w = 1) {
    precision += w * counts.Precision();
    recall += w * counts.Recall();
    f1 += w * counts.F1();
    weight += w;
  }
  void Add(const Means& other) { precision += other.Precision(), recall += other.Recall(), f1 += other.F1(), weight += 1; }
  double Precision() const { return weight > 0 ? precision / weight : 0; }
  double Recall() const { return weight > 0 ? recall / weight : 0; }
  double F1() const { return weight > 0 ? f1 / weight : 0; }
};

}  // namespace

Json LabelScores(const std::vector<std::vector<uint8_t>>& predictions, const std::vector<std::vector<uint8_t>>& targets) {
  CHECK(predictions.size() == targets.size() && !targets.empty()) << predictions.size() << " predictions, " << targets.size() << " targets";
  const size_t labels = targets[0].size();
  std::vector<Counts> by_label(labels);
  Means samples;
  int64_t same_cells = 0, same_reports = 0;
  for (size_t r = 0; r < targets.size(); ++r) {
    Counts report;
    for (size_t i = 0; i < labels; ++i) {
      const Counts cell{predictions[r][i] & targets[r][i], predictions[r][i], targets[r][i]};
      by_label[i].Add(cell);
      report.Add(cell);
      same_cells += predictions[r][i] == targets[r][i];
    }
    samples.Add(report);
    same_reports += predictions[r] == targets[r];
  }
  Counts micro;
  Means macro, weighted, supported;
  for (const Counts& label : by_label) {
    micro.Add(label);
    macro.Add(label);
    weighted.Add(label, static_cast<double>(label.target));
    if (label.target > 0) supported.Add(label);
  }
  Means published = supported, micro_row;
  micro_row.Add(micro);
  for (const Means& row : {micro_row, macro, weighted, samples}) published.Add(row);
  const double cells = static_cast<double>(labels * targets.size());
  return {{"macro_f1", supported.F1()},
          {"macro_precision", supported.Precision()},
          {"macro_recall", supported.Recall()},
          {"macro_f1_as_published", published.F1()},
          {"micro_f1", micro.F1()},
          {"accuracy", static_cast<double>(same_cells) / cells},
          {"report_accuracy", static_cast<double>(same_reports) / static_cast<double>(targets.size())},
          {"labels_with_support", static_cast<int64_t>(supported.weight)},
          {"reports", static_cast<int64_t>(targets.size())}};
}

namespace {

std::vector<std::string> OptionsOfSample(const Sample& sample) {
  return sample.answer_type == AnswerType::kYesNo ? std::vector<std::string>{"yes", "no"} : SplitString(sample.meta.at("options_as_published"), '\n');
}

// Letters of `options` (in the order in which they were asked), or yes or no, as texts.
std::vector<std::string> Chosen(const Sample& sample, const std::string& answer) {
  if (sample.answer_type == AnswerType::kYesNo) return {answer};
  std::vector<std::string> texts;
  for (const char letter : answer)
    if (const size_t i = static_cast<size_t>(letter - 'A'); letter >= 'A' && i < sample.options.size()) texts.push_back(sample.options[i]);
  return texts;
}

}  // namespace

Json RadRestructTotals(const std::vector<Sample>& samples, const std::vector<Verdict>& verdicts, const std::filesystem::path& data_root) {
  const Source& source = Registry<Source>::Get().Find("rad_restruct", "source");
  const fs::path folder = SourceFolder(source, data_root);
  if (!IsFile(folder / "report_keys.json")) return {{"note", "report_keys.json of the set is not there: no report vectors"}};
  const ReportVectors vectors(folder);
  std::map<std::string, std::pair<std::vector<ReportAnswer>, std::vector<ReportAnswer>>> reports;  // predictions, gold
  for (size_t i = 0; i < samples.size(); ++i) {
    const Sample& sample = samples[i];
    const std::vector<std::string> options = OptionsOfSample(sample);
    auto& [predicted, gold] = reports[sample.group];
    predicted.push_back({sample.meta.at("path"), options, Chosen(sample, verdicts[i].score.prediction)});
    gold.push_back({sample.meta.at("path"), options, Chosen(sample, sample.answer)});
  }
  std::vector<std::vector<uint8_t>> predictions, targets;
  for (const auto& [report, answers] : reports) {
    predictions.push_back(vectors.VectorOf(answers.first, report));
    targets.push_back(vectors.VectorOf(answers.second, report));
  }
  return LabelScores(predictions, targets);
}

}  // namespace lingshu

// Metrics of reports whose inputs come out of an encoder: what each needs, which of its files is missing, and its value when all are there. The
// arithmetic is score/'s (bert_score.h, chexbert.h, radgraph.h, rate_score.h, radcliq.h); models are loaded once and texts are read once.
#include <map>
#include <memory>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "encoder/bert_scorer.h"
#include "encoder/chexbert_labeler.h"
#include "encoder/radgraph_parser.h"
#include "encoder/rate_entities.h"
#include "score/bleu.h"
#include "score/metric.h"
#include "score/radcliq.h"
#include "score/report_tokens.h"

namespace lingshu {
namespace {

constexpr int64_t kDistilRobertaLayer = 5;
using Pairs = std::vector<ReportPair>;
using Files = std::vector<std::string>;

const Files kRoberta = {"distilroberta-base/config.json", "distilroberta-base/tokenizer.json|distilroberta-base/vocab.json",
                        "distilroberta-base/model.safetensors|distilroberta-base/pytorch_model.bin"};
const Files kChexbert = {"bert-base-uncased/vocab.txt|bert-base-uncased/tokenizer.json", "chexbert/chexbert.pth|chexbert/model.safetensors"};
const Files kRadGraph = {"radgraph/config.json", "radgraph/weights.th", "radgraph/vocabulary|radgraph/vocabulary/", "radgraph-bert/config.json",
                         "radgraph-bert/vocab.txt|radgraph-bert/tokenizer.json"};
const Files kRate = {"RaTE-NER-Deberta/config.json", "RaTE-NER-Deberta/tokenizer.json", "RaTE-NER-Deberta/model.safetensors|RaTE-NER-Deberta/pytorch_model.bin",
                     "BioLORD-2023-C/config.json", "BioLORD-2023-C/tokenizer.json|BioLORD-2023-C/vocab.txt", "BioLORD-2023-C/model.safetensors|BioLORD-2023-C/pytorch_model.bin"};

// The first of `files` that is not there under MetricFiles::models; "a|b" is content with either and named by a.
std::string FirstMissing(const Files& files, const MetricFiles& folders) {
  for (const std::string& file : files) {
    const size_t bar = file.find('|');
    const std::string first = file.substr(0, bar), second = bar == std::string::npos ? first : file.substr(bar + 1);
    if (folders.models.empty()) return "<models>/" + first;
    const fs::path a = folders.models / first, b = folders.models / second;
    if (!fs::exists(a) && !fs::exists(b)) return a.string();
  }
  return "";
}

std::filesystem::path FirstThere(const std::filesystem::path& a, const std::filesystem::path& b) { return IsFile(a) ? a : b; }

// The models of one folder, each loaded when first asked for, and what they said of each text. Its users take turns.
class ReportModels {
 public:
  explicit ReportModels(std::filesystem::path folder) : folder_(std::move(folder)) {}

  static ReportModels& Of(const MetricFiles& files) {
    static std::map<std::string, std::unique_ptr<ReportModels>> all;
    std::unique_ptr<ReportModels>& models = all[files.models.string()];
    if (models == nullptr) models = std::make_unique<ReportModels>(files.models);
    return *models;
  }

  const BertScorer& Bert() { return Loaded(bert_, folder_ / "distilroberta-base", kDistilRobertaLayer); }

  const ChexbertOutput& Chexbert(const std::string& text) {
    const auto weights = FirstThere(folder_ / "chexbert/chexbert.pth", folder_ / "chexbert/model.safetensors");
    return Known(chexbert_of_, text, [&] { return Loaded(chexbert_, folder_ / "bert-base-uncased", weights).Label(text); });
  }

  const RadGraphReport& RadGraph(const std::string& text) {
    return Known(radgraph_of_, text, [&] { return Loaded(radgraph_, folder_ / "radgraph", folder_ / "radgraph-bert").Parse(text); });
  }

  const std::vector<RateEntity>& Rate(const std::string& text) {
    return Known(rate_of_, text, [&] { return Loaded(rate_, folder_ / "RaTE-NER-Deberta", folder_ / "BioLORD-2023-C").Read(text); });
  }

 private:
  template <typename T, typename... Arguments>
  static const T& Loaded(std::unique_ptr<T>& model, const Arguments&... arguments) {
    if (model == nullptr) model = std::make_unique<T>(arguments...);
    return *model;
  }

  template <typename T, typename Read>
  static const T& Known(std::map<std::string, T>& known, const std::string& text, const Read& read) {
    const auto it = known.find(text);
    return it != known.end() ? it->second : known.emplace(text, read()).first->second;
  }

  std::filesystem::path folder_;
  std::unique_ptr<BertScorer> bert_;
  std::unique_ptr<ChexbertLabeler> chexbert_;
  std::unique_ptr<RadGraphParser> radgraph_;
  std::unique_ptr<RateReader> rate_;
  std::map<std::string, ChexbertOutput> chexbert_of_;
  std::map<std::string, RadGraphReport> radgraph_of_;
  std::map<std::string, std::vector<RateEntity>> rate_of_;
};

double BertF(ReportModels& models, const ReportPair& pair, const PieceWeights& weights) {
  const BertScorer& bert = models.Bert();
  return RescaleBertScore(BertScore(bert.Encode(pair.reference, weights), bert.Encode(pair.candidate, weights)), kDistilRobertaBaseline).f;
}

double Semb(ReportModels& models, const ReportPair& pair) { return SembScore(models.Chexbert(pair.reference).cls, models.Chexbert(pair.candidate).cls); }

RadGraphScores RadGraphOf(ReportModels& models, const ReportPair& pair) { return RadGraphF1(models.RadGraph(pair.reference), models.RadGraph(pair.candidate)); }

RadCliqInputs RadCliqOf(ReportModels& models, const ReportPair& pair) {
  NgramTable table;
  const BleuCounts counts = CountBleu(NgramsOf(table, ReportTokens(pair.reference)), NgramsOf(table, ReportTokens(pair.candidate)));
  return {.radgraph_combined = RadGraphOf(models, pair).combined(), .bert_score = BertF(models, pair, {}), .semb_score = Semb(models, pair),
          .bleu2 = NltkBleu(counts, 2, BleuSmoothing::kMethod1)};
}

using PairScore = double (*)(ReportModels&, const ReportPair&);

auto MeanOf(PairScore score) {
  return [score](const Pairs& pairs, const MetricFiles& files) {
    ReportModels& models = ReportModels::Of(files);
    return MeanOfPairs(pairs, [&](const ReportPair& pair) -> std::optional<double> { return score(models, pair); });
  };
}

auto ChexbertTotal(double (*total)(const ChexbertScores&)) {
  return [total](const Pairs& pairs, const MetricFiles& files) {
    ReportModels& models = ReportModels::Of(files);
    std::vector<ChexbertClasses> gold, predicted;
    for (const ReportPair& pair : pairs) gold.push_back(models.Chexbert(pair.reference).classes), predicted.push_back(models.Chexbert(pair.candidate).classes);
    return MetricValues{.total = total(ChexbertF1(gold, predicted))};
  };
}

MetricValues BertWithIdf(const Pairs& pairs, const MetricFiles& files) {
  ReportModels& models = ReportModels::Of(files);
  std::vector<std::string> references;
  for (const ReportPair& pair : pairs) references.push_back(pair.reference);
  const PieceWeights weights = models.Bert().InverseFrequencies(references);
  return MeanOfPairs(pairs, [&](const ReportPair& pair) -> std::optional<double> { return BertF(models, pair, weights); });
}

Files Together(std::initializer_list<Files> lists) {
  Files all;
  for (const Files& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

void Add(Metric metric, Files files) {
  metric.missing_file = [files = std::move(files)](const MetricFiles& folders) { return FirstMissing(files, folders); };
  Registry<Metric>::Get().Add(std::move(metric));
}

void AddChexbert(const char* name, const char* variant, double (*total)(const ChexbertScores&)) {
  Add({.name = name, .help = "CheXbert F1 of findings that are positive or uncertain", .range = {0, 1}, .variant = std::string("f1chexbert 0.0.2 (rrg), ") + variant,
       .source = "Smit et al. 2020", .compute = ChexbertTotal(total)},
      kChexbert);
}

const bool kAreAdded = [] {
  const char* const radcliq = "Yu et al. 2023";
  Add({.name = "bert_score_distilroberta", .help = "BERTScore F, rescaled", .range = {-6, 1}, .variant = "bert_score 0.3.13, distilroberta-base layer 5, no idf",
       .source = "Zhang et al. 2020", .compute = MeanOf([](ReportModels& models, const ReportPair& pair) { return BertF(models, pair, {}); })},
      kRoberta);
  Add({.name = "bert_score_distilroberta_idf", .help = "BERTScore F, rescaled, rare pieces weighing more", .range = {-6, 1},
       .variant = "bert_score 0.3.13, distilroberta-base layer 5, idf over the references", .source = "Zhang et al. 2020", .compute = &BertWithIdf},
      kRoberta);
  AddChexbert("chexbert_f1_14_micro", "14 labels, micro", [](const ChexbertScores& scores) { return scores.all.micro; });
  AddChexbert("chexbert_f1_14_macro", "14 labels, macro", [](const ChexbertScores& scores) { return scores.all.macro; });
  AddChexbert("chexbert_f1_5_micro", "5 labels, micro", [](const ChexbertScores& scores) { return scores.five.micro; });
  AddChexbert("chexbert_f1_5_macro", "5 labels, macro", [](const ChexbertScores& scores) { return scores.five.macro; });
  Add({.name = "semb_score", .help = "cosine of CheXbert's [CLS] vectors", .range = {-1, 1}, .variant = "CXR-Report-Metric", .source = radcliq, .compute = MeanOf(&Semb)}, kChexbert);
  const auto add_radgraph = [](const char* name, const char* help, const char* variant, PairScore score) {
    Add({.name = name, .help = help, .range = {0, 1}, .variant = variant, .source = "Jain et al. 2021", .compute = MeanOf(score)}, kRadGraph);
  };
  add_radgraph("radgraph_simple", "F1 of entities", "radgraph 0.1.18", [](ReportModels& models, const ReportPair& pair) { return RadGraphOf(models, pair).simple; });
  add_radgraph("radgraph_partial", "F1 of entities that carry or lack relations", "radgraph 0.1.18",
               [](ReportModels& models, const ReportPair& pair) { return RadGraphOf(models, pair).partial; });
  add_radgraph("radgraph_complete", "F1 of entities with their relations", "radgraph 0.1.18",
               [](ReportModels& models, const ReportPair& pair) { return RadGraphOf(models, pair).complete; });
  add_radgraph("radgraph_combined", "mean of entity and relation F1", "CXR-Report-Metric",
               [](ReportModels& models, const ReportPair& pair) { return RadGraphOf(models, pair).combined(); });
  Add({.name = "rate_score", .help = "RaTEScore", .range = {-1, 1}, .variant = "RaTEScore 0.6.0, long weights; sentences cut at full stops and line ends",
       .source = "Zhao et al. 2024",
       .compute = MeanOf([](ReportModels& models, const ReportPair& pair) { return RateScore(models.Rate(pair.reference), models.Rate(pair.candidate), RateMatrix::kLong); })},
      kRate);
  Add({.name = "radcliq_v0", .help = "predicted error marks", .direction = MetricDirection::kLowerIsBetter, .range = {-0.96, 22}, .variant = "CXR-Report-Metric", .source = radcliq,
       .compute = MeanOf([](ReportModels& models, const ReportPair& pair) { return RadCliqV0(RadCliqOf(models, pair)); })},
      Together({kRadGraph, kRoberta, kChexbert}));
  Add({.name = "radcliq_v1", .help = "predicted error marks", .direction = MetricDirection::kLowerIsBetter, .range = {-1.4407, 14}, .variant = "CXR-Report-Metric",
       .source = radcliq, .compute = MeanOf([](ReportModels& models, const ReportPair& pair) { return RadCliqV1(RadCliqOf(models, pair)); })},
      Together({kRadGraph, kRoberta, kChexbert}));
  return true;
}();

}  // namespace
}  // namespace lingshu

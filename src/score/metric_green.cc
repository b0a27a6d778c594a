// GREEN as a registered metric: the analyses that GREEN-radllama2-7b wrote come with the rows ("green_analysis"), from whatever server runs that model.
#include "score/green.h"
#include "score/metric.h"

namespace lingshu {
namespace {

const Register<Metric> kGreen(
    {.name = "green",
     .help = "matched findings among findings and significant errors, over the reports with an analysis",
     .variant = "GREEN-radllama2-7b, counts read as GREEN d72c1951 reads them",
     .source = "Ostmeier et al. 2024",
     .missing_input = [](const std::vector<ReportPair>& pairs) -> std::string {
       for (const ReportPair& pair : pairs)
         if (!pair.green_analysis.empty()) return "";
       return "\"green_analysis\" in the rows: the answers of StanfordAIMI/GREEN-radllama2-7b";
     },
     .compute = [](const std::vector<ReportPair>& pairs, const MetricFiles&) {
       return MeanOfPairs(pairs, [](const ReportPair& pair) {
         return pair.green_analysis.empty() ? std::nullopt : std::optional(ParseGreen(pair.green_analysis).score());
       });
     }});

}  // namespace
}  // namespace lingshu

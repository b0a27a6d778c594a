#include "score/radgraph.h"

#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "score/medevalkit.h"

namespace lingshu {
namespace {

// What is compared, as a list of words.
using Facts = std::set<std::vector<std::string>>;

double F1(const Facts& reference, const Facts& candidate) {
  size_t num_common = 0;
  for (const auto& fact : candidate) num_common += reference.contains(fact);
  return num_common == 0
             ? 0
             : 2 * static_cast<double>(num_common) / static_cast<double>(reference.size() + candidate.size());
}

const RadGraphEntity& TargetOf(const RadGraphReport& report, const std::string& key) {
  const auto it = report.find(key);
  if (it == report.end())
    throw Error(ErrorCode::kCorrupt, fmt::format("a relation points to entity \"{}\", which the report has not", key));
  return it->second;
}

Facts SimpleFacts(const RadGraphReport& report) {
  Facts facts;
  for (const auto& [key, entity] : report) facts.insert({entity.tokens, entity.label});
  return facts;
}

Facts PartialFacts(const RadGraphReport& report) {
  Facts facts;
  for (const auto& [key, entity] : report)
    facts.insert(entity.relations.empty() ? std::vector{entity.tokens, entity.label}
                                          : std::vector{entity.tokens, entity.label, std::string("has relation")});
  return facts;
}

// Only what carries a relation is lower-cased.
Facts CompleteFacts(const RadGraphReport& report) {
  Facts facts;
  for (const auto& [key, entity] : report) {
    if (entity.relations.empty()) facts.insert({entity.tokens, entity.label});
    for (const auto& [relation, target] : entity.relations)
      facts.insert({PythonLower(entity.tokens), entity.label, relation, PythonLower(TargetOf(report, target).tokens)});
  }
  return facts;
}

Facts RelationFacts(const RadGraphReport& report) {
  Facts facts;
  for (const auto& [key, entity] : report)
    for (const auto& [relation, target_key] : entity.relations) {
      const RadGraphEntity& target = TargetOf(report, target_key);
      facts.insert({entity.tokens, entity.label, target.tokens, target.label, relation});
    }
  return facts;
}

}  // namespace

RadGraphScores RadGraphF1(const RadGraphReport& reference, const RadGraphReport& candidate) {
  return {.simple = F1(SimpleFacts(reference), SimpleFacts(candidate)),
          .partial = F1(PartialFacts(reference), PartialFacts(candidate)),
          .complete = F1(CompleteFacts(reference), CompleteFacts(candidate)),
          .entity_f1 = F1(SimpleFacts(reference), SimpleFacts(candidate)),
          .relation_f1 = F1(RelationFacts(reference), RelationFacts(candidate))};
}

}  // namespace lingshu

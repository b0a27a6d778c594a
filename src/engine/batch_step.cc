// Plan → forward → choose.
#include "engine/batch_step.h"

#include <algorithm>

#include "base/threads.h"
#include "kernels/matmul.h"

namespace lingshu {

BatchStep::BatchStep(const Model& model, CachedAttention attention)
    : model_(model), attention_(std::move(attention)), features_(model), placeholders_{model.config.image_token_id, model.config.video_token_id} {}

std::vector<BatchStep::Slice> BatchStep::Plan(const std::vector<Sequence*>& running, int64_t max_tokens) const {
  std::vector<Slice> slices;
  int64_t tokens = 0;
  for (Sequence* sequence : running) {
    const int64_t count = std::min(sequence->pending(), max_tokens - tokens);
    if (count <= 0) continue;
    slices.push_back({sequence, tokens, count});
    tokens += count;
  }
  // Guesses ride along while one pass over the weights serves all tokens anyway; beyond that they would cost.
  int64_t room = std::min(kPanelTokens, max_tokens) - tokens;
  for (Slice& slice : slices) {
    if (room > 0 && slice.is_ready() && slice.sequence->new_tokens() > 0) slice.sequence->MakeDraft(room);
    room -= static_cast<int64_t>(slice.sequence->draft().size());
  }
  for (size_t i = 1; i < slices.size(); ++i) slices[i].begin = slices[i - 1].begin + slices[i - 1].num_tokens();
  return slices;
}

// Features of the image tokens that lie in the slices, in order.
Tensor BatchStep::Features(const std::vector<Slice>& slices) {
  std::vector<FeaturePart> parts;
  for (const Slice& slice : slices) {
    const Sequence& sequence = *slice.sequence;
    int64_t at = 0;
    for (const EncodedImagePtr& image : sequence.job().generation->example.images) {
      while (!model_.config.IsPlaceholder(sequence.ids()[at])) ++at;
      const int64_t begin = std::max(at, sequence.computed), end = std::min(at + image->num_tokens, sequence.computed + slice.count);
      if (begin < end) parts.push_back({image, begin - at, end - at});
      at += image->num_tokens;
    }
  }
  return features_.Rows(parts);
}

Tensor BatchStep::Forward(const std::vector<Slice>& slices) {
  std::vector<int64_t> ids, axes[3];
  std::vector<CachedRows> rows;
  for (const Slice& slice : slices) {
    const Sequence& sequence = *slice.sequence;
    for (int64_t i = 0; i < slice.num_tokens(); ++i) {
      ids.push_back(i < slice.count ? sequence.ids()[sequence.computed + i] : sequence.draft()[i - slice.count]);
      for (int axis = 0; axis < 3; ++axis) axes[axis].push_back(sequence.Position(axis, sequence.computed + i));
    }
    rows.push_back({sequence.pages.data(), sequence.computed, slice.num_tokens()});
  }
  std::vector<int64_t> position_ids;
  for (const auto& axis : axes) position_ids.insert(position_ids.end(), axis.begin(), axis.end());
  return LanguageForward(model_, EmbedTokens(model_, ids, Features(slices)), position_ids, attention_(std::move(rows)));
}

void BatchStep::Choose(const std::vector<Slice>& ready, const Tensor& logits_RV) const {
  const int64_t vocab = logits_RV.size(1);
  std::vector<const float*> first_row;
  int64_t row = 0;
  for (const Slice& slice : ready) {
    first_row.push_back(logits_RV.data_ptr<float>() + row * vocab);
    row += 1 + static_cast<int64_t>(slice.sequence->draft().size());
  }
  ParallelFor(static_cast<int64_t>(ready.size()), [&](int64_t i) {
    Sequence& sequence = *ready[i].sequence;
    const float* logits = first_row[i];
    while (sequence.Take(SampleToken(logits, vocab, sequence.sampling(), {sequence.ids(), sequence.new_tokens(), placeholders_}),
                         model_.config.eos_token_ids))
      logits += vocab;
    sequence.EndDraft();
  });
}

void BatchStep::Run(const std::vector<Sequence*>& running, int64_t max_tokens) {
  const std::vector<Slice> slices = Plan(running, max_tokens);
  const Tensor hidden_TD = Forward(slices);
  std::vector<Slice> ready;
  std::vector<int64_t> rows;
  for (const Slice& slice : slices) {
    if (slice.is_ready()) {
      ready.push_back(slice);
      for (int64_t i = slice.count - 1; i < slice.num_tokens(); ++i) rows.push_back(slice.begin + i);
    }
    slice.sequence->computed += slice.count;
  }
  if (ready.empty()) return;
  const Tensor picked = hidden_TD.index_select(0, ToTensor(rows, {static_cast<int64_t>(rows.size())}).to(hidden_TD.device()));
  Choose(ready, Logits(model_, picked).to(at::kCPU, at::kFloat).contiguous());
}

}  // namespace lingshu

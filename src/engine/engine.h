// Engine: Request → Answer with our own model: paged KV cache with prefix reuse, continuous batching, sampling, streaming.
#pragma once

#include <memory>
#include <string>

#include "ask/ask.h"
#include "engine/cached_attention.h"
#include "engine/generation.h"
#include "model/model.h"
#include "text/tokenizer.h"

namespace lingshu {

struct EngineOptions {
  int64_t max_batch = 64;              // sequences decoded together
  int64_t max_prefill_tokens = 2048;   // tokens of one forward pass
  int64_t kv_cache_tokens = 1 << 16;   // pages for so many tokens
  int64_t max_context_tokens = 0;      // 0: max_position_embeddings
  int64_t ngram_draft_tokens = 12;     // longest guess of n-gram speculation; 0: none
  AttentionKind attention = AttentionKind::kAuto;

  template <typename V>
  void Visit(V& v) {
    v("max_batch", max_batch, "sequences decoded together", Between(1, 4096));
    v("max_prefill_tokens", max_prefill_tokens, "tokens of one forward pass", Between(16, 1 << 20));
    v("kv_cache_tokens", kv_cache_tokens, "size of the KV cache in tokens", Between(64, 1 << 26));
    v("max_context_tokens", max_context_tokens, "longest prompt and reply; 0 is the model's", AtLeast(0));
    v("ngram_draft_tokens", ngram_draft_tokens, "longest guess of n-gram speculation; 0 is none", Between(0, 40));
    v("attention", attention, "form of the KV cache");
  }
};

class Scheduler;

// The model is shared and must not change while an engine answers. After the weights have changed (a training step), call
// ForgetPrefixes(). Ask and Generate may be called from several threads: their requests share batches, and each call's
// sink and callbacks run in its own thread.
//
// Greedy or sampled, an answer does not depend on what shares its batch, on chunking, on pages found in the cache, or on
// speculation: bit for bit on the CPU in float32, within rounding elsewhere.
class Engine : public Answerer {
 public:
  Engine(std::shared_ptr<const Model> model, std::shared_ptr<const Tokenizer> tokenizer, EngineOptions options, std::string name);
  ~Engine() override;

  std::string Name() const override { return name_; }
  void Ask(const std::vector<Request>& requests, const AnswerSink& sink) override;

  // Answers in the order of the generations, n of each; Answer::logprobs are filled when sampling.logprobs >= 0.
  std::vector<Answer> Generate(const std::vector<Generation>& generations);
  void ForgetPrefixes();

 private:
  std::shared_ptr<const Model> model_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::unique_ptr<Scheduler> scheduler_;
  std::string name_;
};

}  // namespace lingshu

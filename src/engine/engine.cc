// Requests become generations a window at a time: images are encoded on all cores, equal ones once, and no more of them are
// held in memory than a window has.
#include "engine/engine.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "base/threads.h"
#include "engine/scheduler.h"

namespace lingshu {
namespace {

constexpr size_t kAskWindow = 512;

bool IsVisual(const Content& content) { return content.image || content.video; }

// Calls visit for every image and video of a request, in order.
template <typename Visit>
void ForVisuals(const Request& request, const Visit& visit) {
  for (const Message& message : request.messages)
    for (const Content& content : message.content)
      if (IsVisual(content)) visit(content);
}

const void* KeyOf(const Content& content) { return content.video ? static_cast<const void*>(content.video.get()) : content.image.get(); }

// The images and videos of a window of requests, each encoded once; an error belongs to the requests that show it.
class Encodings {
 public:
  Encodings(const std::vector<Request>& requests, size_t begin, size_t end, const Model& model) {
    std::vector<const Content*> contents;
    for (size_t i = begin; i < end; ++i)
      ForVisuals(requests[i], [&](const Content& content) {
        if (place_.emplace(KeyOf(content), contents.size()).second) contents.push_back(&content);
      });
    encoded_.resize(contents.size());
    errors_.resize(contents.size());
    ParallelFor(static_cast<int64_t>(contents.size()), [&](int64_t i) {
      try {
        CheckVision(model);
        encoded_[i] = contents[i]->video ? EncodeVideo(*contents[i]->video, model.config) : EncodeImage(*contents[i]->image, model.config);
      } catch (const Error& e) {
        errors_[i] = e.message();
      }
    });
  }

  // Those of one request, in order; `error` is set when one of them could not be encoded.
  std::vector<EncodedImagePtr> Of(const Request& request, std::string& error) const {
    std::vector<EncodedImagePtr> own;
    ForVisuals(request, [&](const Content& content) {
      const size_t at = place_.at(KeyOf(content));
      own.push_back(encoded_[at]);
      if (!encoded_[at]) error = errors_[at];
    });
    return own;
  }

 private:
  std::unordered_map<const void*, size_t> place_;
  std::vector<EncodedImagePtr> encoded_;
  std::vector<std::string> errors_;
};

}  // namespace

Engine::Engine(std::shared_ptr<const Model> model, std::shared_ptr<const Tokenizer> tokenizer, EngineOptions options, std::string name)
    : model_(std::move(model)), tokenizer_(std::move(tokenizer)), scheduler_(std::make_unique<Scheduler>(model_, tokenizer_, options)), name_(std::move(name)) {}

Engine::~Engine() = default;

void Engine::Ask(const std::vector<Request>& requests, const AnswerSink& sink) {
  for (size_t begin = 0; begin < requests.size(); begin += kAskWindow) {
    const size_t end = std::min(requests.size(), begin + kAskWindow);
    const Encodings encodings(requests, begin, end, *model_);
    std::vector<Generation> generations;
    for (size_t i = begin; i < end; ++i) {
      const Request& request = requests[i];
      std::string error;
      const std::vector<EncodedImagePtr> images = encodings.Of(request, error);
      if (error.empty()) {
        generations.push_back({EncodeRequest(request, images, *tokenizer_), request.sampling, request.on_piece, request.is_cancelled, request.cache_scope});
      } else {
        for (int64_t sample = 0; sample < request.sampling.n; ++sample)
          sink({.id = request.id, .sample = sample, .finish_reason = FinishReason::kError, .error = error});
      }
    }
    scheduler_->Run(generations, [&](size_t, Answer answer) { sink(std::move(answer)); });
  }
}

std::vector<Answer> Engine::Generate(const std::vector<Generation>& generations) {
  std::vector<size_t> first;  // place of each generation's first answer
  size_t count = 0;
  for (const Generation& generation : generations) {
    first.push_back(count);
    count += static_cast<size_t>(generation.sampling.n);
  }
  std::vector<Answer> answers(count);
  scheduler_->Run(generations, [&](size_t index, Answer answer) {
    Answer& place = answers[first[index] + static_cast<size_t>(answer.sample)];
    place = std::move(answer);
  });
  return answers;
}

void Engine::ForgetPrefixes() { scheduler_->ForgetPrefixes(); }

}  // namespace lingshu

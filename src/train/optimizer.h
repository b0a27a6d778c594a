// AdamW (Loshchilov, Hutter 2019, arXiv 1711.05101): decoupled weight decay, one learning rate per group of weights, clipping
// by the global norm, everything in float32 and the same bytes for any number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/model.h"
#include "tensor/tensor.h"
#include "train/config.h"

namespace lingshu {

// A weight that learns.
struct Parameter {
  std::string name;
  Tensor value;               // a leaf with requires_grad
  double learning_rate = 0;   // peak
  double weight_decay = 0;
};

// The weights that a stage trains, in checkpoint order. Sets requires_grad on them and clears it on all others, so autograd
// records nothing for what is frozen. Matrices decay, norms and biases do not.
std::vector<Parameter> SelectParameters(Model& model, const StageConfig& config);
// Ends training: no weight requires a gradient or holds one.
void FreezeAll(Model& model);

// Protocol of a step: (backward)* GradNorm (Step | nothing) ClearGradients.
class AdamW {
 public:
  AdamW(std::vector<Parameter> parameters, const OptimizerConfig& config);

  // Root of the sum of squares over all gradients; NaN or Inf when any gradient is.
  double GradNorm() const;
  // One update at rate_factor times each peak rate, gradients scaled down where grad_norm exceeds max_grad_norm.
  // A weight without a gradient (no image in the batch) has gradient zero. REQUIRES: grad_norm is finite.
  void Step(double rate_factor, double grad_norm);
  void ClearGradients();

  int64_t num_updates() const { return num_updates_; }
  void set_num_updates(int64_t count) { num_updates_ = count; }
  int64_t num_elements() const;
  double peak_rate() const;  // the largest of the groups
  // What a checkpoint keeps: "m.<weight>", "v.<weight>", and "master.<weight>" where the weight is not float32 itself.
  void VisitState(const std::function<void(const std::string& name, Tensor& state)>& visit);

 private:
  struct Slot {
    Parameter parameter;
    Tensor master;  // float32; the value itself when that is float32
    Tensor m, v;
  };
  std::vector<Slot> slots_;
  OptimizerConfig config_;
  int64_t num_updates_ = 0;
};

}  // namespace lingshu

// Curate: sources in, steps over them, shards with their images out. `lingshu curate` is this function.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/config.h"
#include "curate/report.h"
#include "curate/step.h"

namespace lingshu {

struct SourceChoice {
  std::string name;
  std::string split = "train";
  int64_t limit = 0;

  template <typename V>
  void Visit(V& v) {
    v("name", name, "a source (lingshu parts)");
    v("split", split, "its split");
    v("limit", limit, "at most so many samples, spread over the split; 0 is all", AtLeast(0));
  }
};

// Example: {.root = "data", .out = "runs/curated", .sources = {{.name = "vqa_rad"}, {.name = "phantom", .limit =
// 2000}}}
struct CurateConfig {
  std::string root = "data";
  std::string out = "runs/curated";
  std::vector<SourceChoice> sources;
  std::vector<std::string> steps = {"image_size", "image_duplicates", "caption_length", "text_duplicates",
                                    "decontaminate"};
  uint64_t seed = 0;
  int64_t samples_per_shard = 10000;
  bool should_store_images = true;

  template <typename V>
  void Visit(V& v) {
    v("root", root, "folder that holds the sources' folders");
    v("out", out, "folder for shards, blobs and manifest");
    v("sources", sources, "what to read, the most reliable source first: of duplicates the first is kept");
    v("steps", steps, "each a step's name and its settings: image_size min_side_px=64");
    v("seed", seed, "for sources that draw");
    v("samples_per_shard", samples_per_shard, "rows of a shard", Between(1, 1 << 24));
    v("should_store_images", should_store_images, "copy images as blobs; otherwise rows refer to the source's files");
  }
};

// Runs the whole curation. Same config and same data, same bytes. Interrupted or killed it leaves no manifest, and run
// again it gives what an uninterrupted run gives. context.data_root is set from config.root. Throws Error(kUsage) for
// an empty or unknown source or step, Error(kNotFound) for an absent data set, Error(kInterrupted).
CurateReport Curate(const CurateConfig& config, StepContext context);

}  // namespace lingshu

// Long captions in the paper's five stages (Xu et al. 2025, arXiv 2506.07044, §3.2 and Tables 16 to 23):
//   S1 metadata     a coarse caption from what the data set says of the image          no teacher
//   S2 region       boxes drawn on the image                                           no teacher
//   S3 facts        image with boxes and coarse caption -> what and where              "facts"
//   S4 preference   image alone, the modality's checklist -> what a doctor looks for   "preference"
//   S5 summary      both texts -> one caption, facts winning over preference           "summary"
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/sample.h"
#include "image/image.h"
#include "synth/stage.h"

namespace lingshu {

// S1: one or two sentences from modality and meta (organ, plane, finding, side, size, count); nothing that cannot be
// seen, such as age or sex. "" when the data set says too little.
std::string CoarseCaption(const Sample& sample);

// S2: meta["boxes"] = "x0,y0,x1,y1;…" in pixels, drawn as green rectangles; the image itself when there are none.
// Throws Error(kCorrupt) for malformed boxes.
ImagePtr DrawBoxes(const ImagePtr& image, const std::string& boxes);

// What S4 asks to be described, for a modality of kModalities (a general list for others).
std::string DoctorChecklist(const std::string& modality);

// One caption for each image: of seeds that share a group the first is taken, the others are no seeds. The samples have
// kind caption and the id "<seed id>:caption".
SynthResult SynthesizeCaptions(const std::vector<Sample>& seeds, const std::filesystem::path& image_folder,
                               Answerer& teacher);

}  // namespace lingshu

// BUSI, breast ultrasound (Al-Dhabyani et al. 2020, https://doi.org/10.1016/j.dib.2019.104863): 437 benign, 210
// malignant and 133 normal pictures as folders: img_ultrasound_busi/benign/benign (1).jpg.
#include "data/labelled_folder.h"

namespace lingshu {
namespace {

const Register<Source> kBreastUltrasound(
    ClassFolderSource({.set = {.source = "breast_ultrasound", .modality = "ultrasound", .organ = "breast"},
                       .help = "BUSI: breast ultrasound with benign, malignant or no mass",
                       .reference = "Al-Dhabyani et al. 2020, https://doi.org/10.1016/j.dib.2019.104863",
                       .folder = "img_ultrasound_busi",
                       .findings = {{"benign", "benign mass"}, {"malignant", "malignant mass"}, {"normal", ""}},
                       .what = "mass"}));

}  // namespace
}  // namespace lingshu

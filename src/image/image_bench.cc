// Measurements of reading, for tools/imaging/bench.py: seconds and processor seconds of each pass over one file or folder.
//   image_bench series FOLDER THREADS REPEATS     FindSeries and LoadSeries
//   image_bench volume FILE THREADS REPEATS       a NIfTI, NRRD or MetaImage volume
//   image_bench pictures FOLDER THREADS REPEATS   every file of a folder as an Image
//   image_bench walk FOLDER THREADS REPEATS       FindSeries alone
//   image_bench study FOLDER THREADS REPEATS      every file of a folder as ShowStudy shows it
// With "children" as a fifth argument decoders run in their own processes, whose time only the shell's `time` counts.
#include <malloc.h>

#include <chrono>
#include <cstdlib>
#include <ctime>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/threads.h"
#include "image/decoder.h"
#include "image/reader.h"
#include "image/series.h"
#include "image/study.h"
#include "image/view.h"

namespace lingshu {
namespace {

// Something of the result, so that the work cannot be left out.
int64_t Run(const std::string& task, const std::string& path) {
  if (task == "series") return static_cast<int64_t>(LoadSeries(FindSeries(fs::path(path)).series.at(0)).voxels.size());
  if (task == "volume") return static_cast<int64_t>(ReadVolume(path)->voxels.size());
  if (task == "walk") {
    const SeriesFolder found = FindSeries(fs::path(path));
    int64_t files = static_cast<int64_t>(found.series.size());
    for (const auto& [reason, count] : found.skipped) files += count;
    return files;
  }
  if (task == "pictures" || task == "study") {
    const auto read = [&](const fs::path& file) { return task == "study" ? ShowStudy(file, {}).at(0) : ReadImage(file); };
    const std::vector<fs::path> files = ListFiles(path);
    std::vector<int64_t> bytes(files.size());
    ParallelFor(static_cast<int64_t>(files.size()),
                [&](int64_t i) { bytes[i] = static_cast<int64_t>(read(files[i]).rgb.size()); });
    int64_t total = 0;
    for (const int64_t one : bytes) total += one;
    return total;
  }
  throw Error(ErrorCode::kUsage, fmt::format("unknown task \"{}\".\nKnown: series, volume, pictures, study, walk.", task));
}

int Main(int argc, char** argv) {
  const bool is_in_children = argc == 6 && std::string(argv[5]) == "children";
  if (argc != 5 && !is_in_children) throw Error(ErrorCode::kUsage, "image_bench TASK PATH THREADS REPEATS [children]");
  if (is_in_children) SetDecoderPlace(DecoderPlace::kChildProcesses);
  SetNumThreads(std::atoi(argv[3]));
  mallopt(M_MMAP_THRESHOLD, 1 << 30);  // as the program does (tensor/tensor.cc)
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  for (int i = 0; i < std::atoi(argv[4]); ++i) {
    const std::clock_t used = std::clock();
    const auto start = std::chrono::steady_clock::now();
    const int64_t result = Run(argv[1], argv[2]);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    fmt::print("{:.6f} {:.6f} {}\n", passed.count(), static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC, result);
  }
  return 0;
}

}  // namespace
}  // namespace lingshu

int main(int argc, char** argv) { return lingshu::Main(argc, argv); }

// Lists of texts as Python prints them, in which MMMU publishes its options. A reader, not an evaluator.
//   list = "[" [ string { "," string } [ "," ] ] "]"     string = ' … ' or " … ", with \' \" \\ \n \t \r \xhh \uhhhh
//   example: ['Gout', "Paget's disease", 'line\nbreak']
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lingshu {

// Numbers and the words True, False and None are taken as they are written. Throws Error(kCorrupt) naming `where`.
std::vector<std::string> ParsePythonList(std::string_view text, const std::string& where);

}  // namespace lingshu

# Writes ${out} with the revision of the checkout, only when it changed: run at every build, so that a binary never names the
# revision of an earlier one.
execute_process(COMMAND ${git} describe --always --dirty WORKING_DIRECTORY ${source} OUTPUT_VARIABLE revision
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
set(text "#define LINGSHU_REVISION \"${revision}\"\n")
set(before "")
if(EXISTS ${out})
  file(READ ${out} before)
endif()
if(NOT text STREQUAL before)
  file(WRITE ${out} "${text}")
endif()

# Trains the same network three times: twice with threads, and once in an order of its own that the
# simulated executor makes up. Each must print the same accuracy and the same weights.
set(executors threads threads simulated:1)
foreach(executor IN LISTS executors)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env PST_EXECUTOR=${executor} ${DIGITS} --quiet --epochs 10 --seed 7
    OUTPUT_VARIABLE result RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${executor}: ended with ${failed}: ${result}")
  endif()
  if(DEFINED first AND NOT result STREQUAL first)
    message(FATAL_ERROR "${executor}: ${result}but before: ${first}")
  endif()
  set(first "${result}")
  message(STATUS "${executor}: ${result}")
endforeach()

print("steadyhand")
